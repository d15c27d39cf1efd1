import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Reply } from "../gateway/reply.ts";
import { SHARE_CSP } from "./csp.ts";

/** A file that browsers may keep for ever, because its path carries the hash of its content. */
export interface Asset {
  readonly path: string;
  readonly reply: Reply;
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
 * @param file the path on the disk
 * @param prefix the beginning of the path at which it is served, for example `/docs/assets/`
 * @returns for `share.css` the asset at `PREFIXshare-HASH.css`
 */
export function readAsset(file: string, prefix: string, policy: string = SHARE_CSP): Asset {
  const [, name = "", extension = ""] = /([^/\\]+)\.(\w+)$/.exec(file) ?? [];
  const contentType = CONTENT_TYPES[extension];
  if (!contentType) throw new Error(`No content type is known for ${file}`);
  const body = readFileSync(file);
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  return {
    path: `${prefix}${name}-${hash}.${extension}`,
    reply: {
      status: 200,
      body,
      headers: {
        "Content-Type": contentType,
        "Content-Security-Policy": policy,
        "Cache-Control": "public, max-age=31536000, immutable",
      },
    },
  };
}
