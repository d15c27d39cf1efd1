import { BIRD, SPECKLES } from "../../../lib/logo.ts";

/** The logo: a singing starling with the speckles of its winter plumage. */
export function Logo({ size = 32 }: { size?: number }) {
  const side = `${size / 16}rem`;
  return (
    <svg class="logo" viewBox="0 0 32 32" width={side} height={side} aria-hidden="true" focusable="false">
      <path d={BIRD} />
      {SPECKLES.map(([x, y, r]) => (
        <circle key={`${x} ${y}`} cx={x} cy={y} r={r} />
      ))}
    </svg>
  );
}
