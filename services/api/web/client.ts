import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { staticReply, type StaticReply } from "../../gateway/compressed.ts";
import { pageHeaders, SHARE_CSP } from "../../pages/csp.ts";
import type { Site } from "../../pages/site.ts";

/** The folder of the built web client. */
const DIST = join(import.meta.dirname, "../../../web/dist");
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

/** The built web client. */
export interface WebClient {
  /** The page that loads the client; the same for every screen. */
  readonly shell: string;
  /** The assets with which the client takes over other pages. */
  readonly assets: NonNullable<Site["assets"]>;
  /** All files, by path. They are kept in memory, because all of them together take a few hundred kilobytes. */
  readonly files: ReadonlyMap<string, StaticReply>;
}

/** An entry of Vite's manifest. */
interface Chunk {
  file: string;
  isEntry?: boolean;
  css?: string[];
  /** The keys of the chunks that it needs at once. */
  imports?: string[];
}

/**
 * Reads the built client.
 *
 * @returns null if it has not been built; the server then answers with its own pages
 */
export function readClient(dist: string = DIST): WebClient | null {
  const manifestFile = join(dist, ".vite/manifest.json");
  if (!existsSync(manifestFile)) return null;
  const manifest = JSON.parse(readFileSync(manifestFile, "utf8")) as Record<string, Chunk>;
  const entry = manifest["index.html"];
  if (!entry) throw new Error(`${manifestFile} names no index.html: build the client again with npm run build`);
  const files = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && CONTENT_TYPES[extname(file.name)] !== undefined)
    .map((file) => join(file.parentPath, file.name));
  return {
    shell: readFileSync(join(dist, "index.html"), "utf8"),
    assets: {
      scripts: [`/${entry.file}`],
      modules: (entry.imports ?? []).flatMap((key) => (manifest[key] ? [`/${manifest[key].file}`] : [])),
      styles: (entry.css ?? []).map((file) => `/${file}`),
    },
    files: new Map(files.map((file) => [file.slice(dist.length).replaceAll("\\", "/"), readFile(file, dist)])),
  };
}

/** The build has compressed the files that gain from it: see `web/build.ts`. */
function readFile(file: string, dist: string): StaticReply {
  const compressed = (name: string) => (existsSync(file + name) ? readFileSync(file + name) : null);
  const headers = {
    "Content-Type": CONTENT_TYPES[extname(file)]!,
    // Only files in assets/ never change, because their names contain the hash of their content.
    "Cache-Control": file.startsWith(join(dist, "assets")) ? "public, max-age=31536000, immutable" : "no-cache",
    // A service worker obeys the policy that its own file was sent with. This policy restricts it to this origin.
    ...pageHeaders(SHARE_CSP),
  };
  return staticReply(
    { status: 200, body: readFileSync(file), headers },
    { br: compressed(".br"), gzip: compressed(".gz") },
  );
}
