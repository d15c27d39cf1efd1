import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** What answers a GET. */
export interface Answer {
  readonly body: string | Buffer;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** A file that is served for ever: its path carries the hash of its content. */
export interface Asset extends Answer {
  readonly path: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
};

/**
 * Reads a file to serve.
 *
 * @param file where it lies
 * @param prefix what its path begins with, for example `/docs/assets/`
 * @returns for `share.css` the asset at `PREFIXshare-HASH.css`
 */
export function readAsset(file: string, prefix: string): Asset {
  const [, name = "", extension = ""] = /([^/\\]+)\.(\w+)$/.exec(file) ?? [];
  const contentType = CONTENT_TYPES[extension];
  if (!contentType) throw new Error(`No content type is known for ${file}`);
  const body = readFileSync(file);
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  return {
    path: `${prefix}${name}-${hash}.${extension}`,
    body,
    contentType,
    cacheControl: "public, max-age=31536000, immutable",
  };
}
