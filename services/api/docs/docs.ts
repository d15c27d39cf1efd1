import { join } from "node:path";
import { compressReply, type StaticReply } from "../../gateway/compressed.ts";
import type { Reply } from "../../gateway/reply.ts";
import { joinStylesheets, PALETTE, readAsset } from "../../pages/asset.ts";
import { pageHeaders } from "../../pages/csp.ts";
import type { Asyncapi, Openapi } from "./document.ts";
import { renderDocs } from "./page.ts";

/** All files come from this origin, and nothing is inline. The page asks for nothing else. */
export const DOCS_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const ASSETS = "/docs/assets/";
/** The page names its assets by hash, so browsers must not show an old page after an update. */
const PAGE_CACHE = "no-cache";

/** The replies with the page that explains the API and with the files that it loads, by path. */
export async function docsReplies(openapi: object, asyncapi: object): Promise<ReadonlyMap<string, StaticReply>> {
  const style = joinStylesheets("docs", [PALETTE, join(import.meta.dirname, "docs.css")], ASSETS, DOCS_CSP);
  const script = readAsset(join(import.meta.dirname, "docs.js"), ASSETS, DOCS_CSP);
  const page: Reply = {
    status: 200,
    body: renderDocs(openapi as Openapi, asyncapi as Asyncapi, { style: style.path, script: script.path }),
    headers: { "Content-Type": "text/html; charset=utf-8", ...pageHeaders(DOCS_CSP), "Cache-Control": PAGE_CACHE },
  };
  const all = [{ path: "/docs", reply: page }, { path: "/docs/", reply: page }, style, script];
  return new Map(await Promise.all(all.map(async ({ path, reply }) => [path, await compressReply(reply)] as const)));
}
