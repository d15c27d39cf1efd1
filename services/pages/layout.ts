import { join } from "node:path";
import { joinStylesheets, PALETTE } from "./asset.ts";
import { SHARE_CSP } from "./csp.ts";
import { html, type Html } from "./html.ts";
import { ICON_URL, LOGO } from "./logo.ts";
import { type Site, SITE_NAME } from "./site.ts";

/** The stylesheet of these pages; the routes serve it at its `path`. */
export const SHARE_STYLESHEET = joinStylesheets(
  "share",
  [
    PALETTE,
    ...["share.css", "share-tweet.css", "share-media.css", "share-profile.css"].map((file) =>
      join(import.meta.dirname, file),
    ),
  ],
  "/",
  SHARE_CSP,
);

/** The parts in which pages differ. */
interface Page {
  title: string;
  /** More of the head: meta and link elements. */
  head?: Html | Html[];
  main: Html;
}

/**
 * The frame of every page. The client mounts in `#app` and replaces the content. Until then, and always without
 * JavaScript, people read the content as rendered here.
 */
export function layout(page: Page, site: Site): string {
  const { scripts = [], modules = [], styles = [] } = site.assets ?? {};
  return html`<!doctype html>
    <html lang="en" prefix="og: https://ogp.me/ns# article: https://ogp.me/ns/article#">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title}</title>
        ${page.head}
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" content="#f3f5f6" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#0d1317" media="(prefers-color-scheme: dark)" />
        <link rel="icon" href="${ICON_URL}" />
        ${[SHARE_STYLESHEET.path, ...styles].map((path) => html`<link rel="stylesheet" href="${path}" /> `)}
        ${modules.map((path) => html`<link rel="modulepreload" href="${path}" /> `)}
        ${scripts.map((path) => html`<script type="module" src="${path}"></script> `)}
      </head>
      <body>
        <div id="app">
          <div class="share">
            <header class="share-header">
              <a class="share-home" href="/">${LOGO}<span>${SITE_NAME}</span></a>
            </header>
            <main class="share-main">${page.main}</main>
            <footer class="share-footer"><a href="/about">About ${SITE_NAME}</a> <a href="/docs">API</a></footer>
          </div>
        </div>
      </body>
    </html> `.markup;
}
