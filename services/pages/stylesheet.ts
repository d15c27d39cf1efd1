import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Asset } from "../api/asset.ts";

/** The colours, which the client, these pages and the API's documentation share. */
export const PALETTE = join(import.meta.dirname, "palette.css");

/**
 * Joins CSS files to one asset, so that a page waits for a single request.
 *
 * @param name of the asset
 * @param files absolute paths, in the order of the cascade
 * @param prefix of the asset's path, for example `/docs/assets/`
 * @returns for the name `share` the asset at `PREFIXshare-HASH.css`
 */
export function joinStylesheets(name: string, files: readonly string[], prefix: string): Asset {
  const body = files.map((file) => readFileSync(file, "utf8")).join("\n");
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  return {
    path: `${prefix}${name}-${hash}.css`,
    body,
    contentType: "text/css; charset=utf-8",
    cacheControl: "public, max-age=31536000, immutable",
  };
}
