import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Answer, readAsset } from "../asset.ts";
import { html } from "../../pages/html.ts";
import { ICON_URL } from "../../pages/logo.ts";
import { SITE_NAME } from "../../pages/site.ts";
import { joinStylesheets, PALETTE } from "../../pages/stylesheet.ts";

/** All from this origin, nothing inline: Swagger UI sets its styles through the DOM, which a policy does not stop. */
export const DOCS_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const ASSETS = "/docs/assets/";
/** The page names the assets by hash, so it must be asked for anew after an update. */
const PAGE_CACHE = "no-cache";

let answers: ReadonlyMap<string, Answer> | undefined;

/**
 * The page to read the API's description (`/openapi.json`) on, and what it loads. Swagger UI comes from its npm package.
 *
 * @param path of the request, without the query
 * @returns what to answer, null when nothing is there
 */
export function docsAnswer(path: string): Answer | null {
  // Read at the first request, not at start: Swagger UI is megabytes, and most nodes are never asked for it.
  answers ??= readAnswers();
  return answers.get(path) ?? null;
}

function readAnswers(): ReadonlyMap<string, Answer> {
  const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const styleAssets = [
    readAsset(join(swagger, "swagger-ui.css"), ASSETS),
    joinStylesheets("docs", [PALETTE, join(import.meta.dirname, "docs.css")], ASSETS),
  ];
  const scripts = [join(swagger, "swagger-ui-bundle.js"), join(import.meta.dirname, "docs.js")];
  const scriptAssets = scripts.map((file) => readAsset(file, ASSETS));
  const page: Answer = {
    body: html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>The API · ${SITE_NAME}</title>
          <meta name="color-scheme" content="light dark" />
          <link rel="icon" href="${ICON_URL}" />
          ${styleAssets.map(({ path }) => html`<link rel="stylesheet" href="${path}" /> `)}
          ${scriptAssets.map(({ path }) => html`<script src="${path}" defer></script> `)}
        </head>
        <body>
          <main id="docs"></main>
          <noscript>
            <p>This page needs JavaScript. What it shows is at <a href="/openapi.json">/openapi.json</a>.</p>
          </noscript>
        </body>
      </html> `.markup,
    contentType: "text/html; charset=utf-8",
    cacheControl: PAGE_CACHE,
  };
  return new Map<string, Answer>([
    ["/docs", page],
    ["/docs/", page],
    ...[...styleAssets, ...scriptAssets].map((asset) => [asset.path, asset] as const),
  ]);
}
