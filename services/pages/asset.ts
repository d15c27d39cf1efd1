import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Reply } from "../gateway/reply.ts";
import { SHARE_CSP } from "./csp.ts";

/** A file that browsers may cache forever, because its path contains the hash of its content. */
interface Asset {
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
 * @param file its path on the disk
 * @param prefix the beginning of its public path, for example `/docs/assets/`
 * @returns for `share.css` the asset at `PREFIXshare-HASH.css`
 */
export function readAsset(file: string, prefix: string, policy: string = SHARE_CSP): Asset {
  const [, name = "", extension = ""] = /([^/\\]+)\.(\w+)$/.exec(file) ?? [];
  const contentType = CONTENT_TYPES[extension];
  if (!contentType) throw new Error(`${file} has an unknown extension: add its content type to CONTENT_TYPES`);
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
