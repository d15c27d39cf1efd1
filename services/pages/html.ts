/** A piece of HTML that can go into a page unescaped. Only {@link html} and the Markdown renderer make it. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

/** A value in a template. Text is escaped, `Html` is not; null, undefined and false render as nothing. */
type HtmlValue = string | number | Html | null | undefined | false | readonly HtmlValue[];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for use between tags and in a quoted attribute. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

/** Escapes text that is content of an element, where quotes need no escape: a third of most code would be escapes. */
export function content(text: string): Html {
  return new Html(text.replace(/[&<>]/g, (character) => ESCAPES[character] ?? ""));
}

/**
 * A template tag that escapes every value, so that nobody can forget to.
 * Attribute values must be in double quotes, and URLs must come from `webUrl`.
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.reduce((page, part, index) => page + render(values[index - 1]) + part));
}

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.markup;
  if (typeof value === "object") return value.map(render).join("");
  return escapeHtml(String(value));
}
