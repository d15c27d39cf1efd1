import { html, type Html } from "./html.ts";

/*
 * The Markdown of our own texts and of hosts: paragraphs, headings, lists, tables, `code`, **bold** and links. HTML in it
 * shows as text.
 */

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(((?:https?:\/\/|mailto:|[/#])[^)\s]*)\)/g;

/** Renders Markdown. @param top the level of the largest heading, for example 2 for `<h2>` */
export function markdown(text: string, top = 2): Html {
  const blocks = text
    .replaceAll("\r\n", "\n")
    .trim()
    .split(/\n{2,}/);
  return html`${blocks.map((block) => renderBlock(block, top))}`;
}

function renderBlock(block: string, top: number): Html {
  const heading = /^(#{1,4}) (.+)$/.exec(block);
  if (heading) return headingOf(heading[2]!, Math.min(6, top + heading[1]!.length - 1));
  const lines = block.split("\n");
  if (/^[-*] /.test(block)) {
    const items = block.split(/\n(?=[-*] )/).map((item) => item.slice(2));
    return html`<ul>
      ${items.map((item) => html`<li>${inline(item)}</li>`)}
    </ul>`;
  }
  if (lines.length > 2 && lines.every((line) => line.startsWith("|"))) return table(lines);
  return html`<p>${inline(block)}</p>`;
}

/** @param level from 1 to 6 */
function headingOf(text: string, level: number): Html {
  const id = idOf(text);
  const shown = inline(text);
  if (level <= 1) return html`<h1>${shown}</h1>`;
  if (level === 2) return html`<h2 id="${id}">${shown}</h2>`;
  return level === 3 ? html`<h3 id="${id}">${shown}</h3>` : html`<h4 id="${id}">${shown}</h4>`;
}

/** The id of a heading, for links to it: `codes-of-problems`. */
export function idOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}

function table(lines: readonly string[]): Html {
  const [head = [], , ...rows] = lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
  return html`<div class="table" tabindex="0">
    <table>
      <thead>
        <tr>
          ${head.map((cell) => html`<th scope="col">${inline(cell)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${inline(cell)}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Renders a text without blocks. */
export function inline(text: string): Html {
  const parts: (string | Html)[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, bold, label, href = ""] = match;
    parts.push(text.slice(at, match.index));
    if (code !== undefined) parts.push(html`<code>${code}</code>`);
    else if (bold !== undefined) parts.push(html`<strong>${bold}</strong>`);
    else parts.push(html`<a href="${href}">${label}</a>`);
    at = match.index + whole.length;
  }
  return html`${[...parts, text.slice(at)]}`;
}
