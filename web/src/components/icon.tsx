/** The icons, drawn for this client on a grid of 24 units with strokes of 1.75. */
const PATHS = {
  home: "M4 10.5 12 4l8 6.5V19a1 1 0 0 1-1 1h-4.5v-5.5h-5V20H5a1 1 0 0 1-1-1z",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5a2.2 2.2 0 0 0 4 0",
  bellOff: "M8 7a6 6 0 0 1 10 4v5m-1 2H4.500l1.5-1.500V11c0-.5 0-.9.1-1.300M10 20.500a2.2 2.2 0 0 0 4 0M4 4l16 16",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.7 3.7-5.5 7.5-5.500s6.7 1.8 7.5 5.5",
  settings:
    "M4 7h9m4 0h3M4 17h3m4 0h9M15 9.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM9 19.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  feather: "M20 4C12 4 7 8 6 16l-2 4m2-4c6 1 11-1 12.5-7M9.5 13.5 14 9",
  back: "M10.5 6 4.5 12l6 6M5 12h15",
  picture:
    "M5 5h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zm-.5 12 5-5 4 4 2.5-2.5 4 4M15.5 10a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.400z",
  smile:
    "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM8.500 14c.8 1.300 2 2 3.500 2s2.700-.7 3.500-2M9 9.500v.5m6-.5v.5",
  pin: "M12 21s6.5-5.6 6.5-11a6.5 6.5 0 1 0-13 0c0 5.4 6.5 11 6.5 11zm0-8.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  share: "M12 15V4m0 0L8 8m4-4 4 4M5 13v6a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-6",
  trash: "M5 7h14M10 7V4.500h4V7m-7.5 0 .8 12a1 1 0 0 0 1 1h7.400a1 1 0 0 0 1-1l.8-12M10.2 11v5m3.6-5v5",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9.5l6 6 6-6",
  up: "M12 19V5m-6 6 6-6 6 6",
  calendar: "M5 6.500h14a1 1 0 0 1 1 1V19a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7.500a1 1 0 0 1 1-1zM4 11h16M8 4v4m8-4v4",
  play: "M8 5.500v13l11-6.500z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zm5-2 4.5 4.5",
  at: "M15.5 12a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zm0 0v1.500a2.5 2.5 0 0 0 5 0V12a8.5 8.5 0 1 0-3.5 6.9",
  cloudOff: "M4 4l16 16M8 8.500A4.5 4.5 0 0 0 8 18h9m2.5-.8A4 4 0 0 0 17 10a6 6 0 0 0-6-4.5",
} as const;

export type IconName = keyof typeof PATHS;

/**
 * A decorative icon, hidden from screen readers: text beside it, or its button's label, says the same.
 *
 * @param size in pixels, at the browser's usual size of text. The icon grows with larger text
 */
export function Icon({ name, size = 22 }: { name: IconName; size?: number }) {
  const side = `${size / 16}rem`;
  return (
    <svg
      class={`icon ${name}-icon`}
      viewBox="0 0 24 24"
      width={side}
      height={side}
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
