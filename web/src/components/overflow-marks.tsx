import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { fittingUnits } from "../../../contract/weight.ts";

interface Props {
  text: string;
  field: RefObject<HTMLTextAreaElement | null>;
}

/** Marks the part of the text that is too long, behind the text field: a copy of the text in which all else is invisible. */
export function OverflowMarks({ text, field }: Props) {
  const marks = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const [copy, original] = [marks.current, field.current];
    if (!copy || !original) return;
    const follow = () => {
      // Without its scroll bar, so that the lines break at the same places.
      copy.style.width = `${original.clientWidth}px`;
      copy.scrollTop = original.scrollTop;
    };
    follow();
    original.addEventListener("scroll", follow);
    window.addEventListener("resize", follow);
    return () => {
      original.removeEventListener("scroll", follow);
      window.removeEventListener("resize", follow);
    };
  });
  const fits = fittingUnits(text);
  return (
    <div ref={marks} class="overflow-marks" dir="auto" aria-hidden="true">
      {text.slice(0, fits)}
      <mark>{text.slice(fits)}</mark>
      {/* A line end at the end of a text makes no line without this. */}
      {text.endsWith("\n") && "\u200b"}
    </div>
  );
}
