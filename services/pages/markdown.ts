import MarkdownIt from "markdown-it";
import { Html } from "./html.ts";

/*
 * The Markdown of our own texts and of hosts. HTML in it shows as text, links lead only to addresses of the web and of mail,
 * and pictures are left out.
 */

const engine = new MarkdownIt({ html: false }).disable("image");
engine.validateLink = (address) => /^(?:https?:\/\/|mailto:|[/#])/i.test(address);

engine.renderer.rules["heading_open"] = (tokens, at, options, env, renderer) => {
  const token = tokens[at]!;
  token.tag = levelOf(token.tag, env?.["top"] as number);
  token.attrSet("id", idOf(tokens[at + 1]!.content));
  return renderer.renderToken(tokens, at, options);
};
engine.renderer.rules["heading_close"] = (tokens, at, options, env, renderer) => {
  tokens[at]!.tag = levelOf(tokens[at]!.tag, env?.["top"] as number);
  return renderer.renderToken(tokens, at, options);
};
// A wide table scrolls by itself, also with the keyboard.
engine.renderer.rules["table_open"] = () => `<div class="table" tabindex="0"><table>`;
engine.renderer.rules["table_close"] = () => "</table></div>";

function levelOf(tag: string, top: number): string {
  return `h${Math.min(6, Number(tag.slice(1)) + top - 1)}`;
}

/** Renders Markdown. @param top the level of the largest heading, for example 2 for `<h2>` */
export function markdown(text: string, top = 2): Html {
  return new Html(engine.render(text, { top }));
}

/** Renders a text without blocks. */
export function inline(text: string): Html {
  return new Html(engine.renderInline(text));
}

/** The id of a heading, for links to it: `codes-of-problems`. */
export function idOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
}
