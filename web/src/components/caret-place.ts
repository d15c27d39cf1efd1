/** What decides where a text field breaks its lines. */
const COPIED = [
  "font",
  "letterSpacing",
  "wordSpacing",
  "lineHeight",
  "padding",
  "border",
  "boxSizing",
  "tabSize",
  "textTransform",
] as const;

/** The place of a position in a text field, within the window (px). Browsers do not tell, so a copy is measured. */
export function placeInField(field: HTMLTextAreaElement, position: number): { top: number; bottom: number; x: number } {
  const copy = document.createElement("div");
  const from = getComputedStyle(field);
  for (const name of COPIED) copy.style[name] = from[name];
  const { top, left, width } = field.getBoundingClientRect();
  Object.assign(copy.style, {
    position: "fixed",
    top: `${top}px`,
    left: `${left}px`,
    width: `${width}px`,
    visibility: "hidden",
    whiteSpace: "pre-wrap",
    overflowWrap: "anywhere",
  });
  copy.dir = field.dir;
  const mark = document.createElement("span");
  mark.textContent = "\u200b";
  copy.append(field.value.slice(0, position), mark, field.value.slice(position));
  (field.form ?? document.body).append(copy);
  const place = mark.getBoundingClientRect();
  copy.remove();
  return { top: place.top - field.scrollTop, bottom: place.bottom - field.scrollTop, x: place.left };
}
