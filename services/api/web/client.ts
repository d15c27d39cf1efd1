import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Site } from "../../pages/site.ts";

/** Where the built web client lies. */
const DIST = join(import.meta.dirname, "../../../web/dist");
/** Smaller files gain nothing from compression. */
const WORTH_COMPRESSING = 1024;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** One file of the client, in memory: all of them are a few hundred kilobytes. */
export interface ClientFile {
  readonly body: Buffer;
  readonly gzipped: Buffer | null;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** The built web client. */
export interface WebClient {
  /** The page that becomes any of the client's screens. */
  readonly shell: string;
  /** What other pages load to become live. */
  readonly assets: NonNullable<Site["assets"]>;
  /** Its files by their paths. */
  readonly files: ReadonlyMap<string, ClientFile>;
}

/** An entry of Vite's manifest. */
interface Chunk {
  file: string;
  isEntry?: boolean;
  css?: string[];
}

/**
 * Reads the built client.
 *
 * @returns null where none is built: the server then answers with pages of its own
 */
export function readClient(dist: string = DIST): WebClient | null {
  const manifestFile = join(dist, ".vite/manifest.json");
  if (!existsSync(manifestFile)) return null;
  const manifest = JSON.parse(readFileSync(manifestFile, "utf8")) as Record<string, Chunk>;
  const entry = manifest["index.html"];
  if (!entry) throw new Error(`${manifestFile} names no index.html`);
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && CONTENT_TYPES[extname(file.name)] !== undefined)
    .map((file) => join(file.parentPath, file.name));
  return {
    shell: readFileSync(join(dist, "index.html"), "utf8"),
    assets: { scripts: [`/${entry.file}`], styles: (entry.css ?? []).map((file) => `/${file}`) },
    files: new Map(files.map((file) => [file.slice(dist.length).replaceAll("\\", "/"), readFile(file, dist)])),
  };
}

function readFile(file: string, dist: string): ClientFile {
  const body = readFileSync(file);
  const contentType = CONTENT_TYPES[extname(file)]!;
  const compressible = body.length >= WORTH_COMPRESSING && !contentType.startsWith("image/png");
  return {
    body,
    gzipped: compressible ? gzipSync(body, { level: 9 }) : null,
    contentType,
    // Only what carries the hash of its content in its name never changes.
    cacheControl: file.startsWith(join(dist, "assets")) ? "public, max-age=31536000, immutable" : "no-cache",
  };
}
