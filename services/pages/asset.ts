import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Reply } from "../gateway/reply.ts";
import { pageHeaders } from "./csp.ts";

/** A file that browsers may cache forever, because its path contains the hash of its content. */
interface Asset {
  readonly path: string;
  readonly reply: Reply;
}

/** The colours, the same for the client, the share pages and the API's documentation. */
export const PALETTE = join(import.meta.dirname, "palette.css");

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

/**
 * Reads a file to serve.
 *
 * @param file the path on the disk
 * @param prefix the beginning of the public path, for example `/docs/assets/`
 * @param policy the Content-Security-Policy to send with the file
 * @returns for `docs.js` the asset at `PREFIXdocs-HASH.js`
 */
export function readAsset(file: string, prefix: string, policy: string): Asset {
  const [, name = "", extension = ""] = /([^/\\]+)\.(\w+)$/.exec(file) ?? [];
  return assetOf(name, extension, readFileSync(file), prefix, policy);
}

/**
 * Joins CSS files into one asset, so that a page waits for a single request.
 *
 * @param name of the asset
 * @param files absolute paths, in the order of the cascade
 * @returns for the name `share` the asset at `PREFIXshare-HASH.css`
 */
export function joinStylesheets(name: string, files: readonly string[], prefix: string, policy: string): Asset {
  return assetOf(name, "css", files.map((file) => readFileSync(file, "utf8")).join("\n"), prefix, policy);
}

function assetOf(name: string, extension: string, body: string | Buffer, prefix: string, policy: string): Asset {
  const contentType = CONTENT_TYPES[extension];
  if (!contentType)
    throw new Error(`${name}.${extension} has an unknown extension: add its content type to CONTENT_TYPES`);
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  return {
    path: `${prefix}${name}-${hash}.${extension}`,
    reply: {
      status: 200,
      body,
      headers: {
        "Content-Type": contentType,
        ...pageHeaders(policy),
        "Cache-Control": "public, max-age=31536000, immutable",
      },
    },
  };
}
