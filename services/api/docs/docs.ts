import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compressReply, type StaticReply } from "../../gateway/compressed.ts";
import type { Reply } from "../../gateway/reply.ts";
import { pageHeaders } from "../../pages/csp.ts";
import { joinStylesheets, PALETTE, readAsset } from "../../pages/asset.ts";
import { html } from "../../pages/html.ts";
import { ICON_URL } from "../../pages/logo.ts";
import { SITE_NAME } from "../../pages/site.ts";

/**
 * All files come from this origin, and nothing is inline. Swagger UI sets styles through the DOM, which no policy
 * stops.
 */
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
/** The page names its assets by hash, so browsers must not show an old page after an update. */
const PAGE_CACHE = "no-cache";

let replies: Promise<ReadonlyMap<string, StaticReply>> | undefined;

/**
 * The reply with the page that shows the description of the API (`/openapi.json`), or with a file that the page loads.
 * Swagger UI comes from its npm package.
 *
 * @param path the path of the request, without the query
 * @returns null if there is nothing at this path
 */
export async function docsReply(path: string): Promise<StaticReply | null> {
  // Read the files at the first request, not at startup: Swagger UI takes megabytes, and most nodes never serve it.
  replies ??= readReplies();
  return (await replies).get(path) ?? null;
}

async function readReplies(): Promise<ReadonlyMap<string, StaticReply>> {
  const swagger = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  const styleAssets = [
    readAsset(join(swagger, "swagger-ui.css"), ASSETS, DOCS_CSP),
    joinStylesheets("docs", [PALETTE, join(import.meta.dirname, "docs.css")], ASSETS, DOCS_CSP),
  ];
  const scripts = [join(swagger, "swagger-ui-bundle.js"), join(import.meta.dirname, "docs.js")];
  const scriptAssets = scripts.map((file) => readAsset(file, ASSETS, DOCS_CSP));
  const page: Reply = {
    status: 200,
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
            <p>This page needs JavaScript. Its content is at <a href="/openapi.json">/openapi.json</a>.</p>
          </noscript>
        </body>
      </html> `.markup,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      ...pageHeaders(DOCS_CSP),
      "Cache-Control": PAGE_CACHE,
    },
  };
  const assets = [...styleAssets, ...scriptAssets];
  const all = [{ path: "/docs", reply: page }, { path: "/docs/", reply: page }, ...assets];
  return new Map(await Promise.all(all.map(async ({ path, reply }) => [path, await compressReply(reply)] as const)));
}
