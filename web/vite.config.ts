import { tlds } from "@hapi/tlds";
import emojis from "emojibase-data/en/data.json" with { type: "json" };
import groups from "emojibase-data/en/messages.json" with { type: "json" };
import type { IncomingMessage } from "node:http";
import { defineConfig, type Plugin } from "vite";
import { isScreen } from "./src/router/routes.ts";

/** The server to which the development server passes the client's requests. */
const STARLING_URL = process.env["STARLING_URL"] ?? "http://localhost:3000";
/** All paths of the API. Vite serves everything else. */
const API_PATHS =
  "^/(about|asyncapi\\.json|auth|docs|feed|health|media|notifications|oembed|openapi\\.json|privacy|push|sessions|terms|tweet|user|users)(/|\\?|$)";

/** Drops the polyfills of twitter-text for browsers of 2015: 5 kB that no current browser needs. */
const withoutPolyfills: Plugin = {
  name: "without-polyfills",
  enforce: "pre",
  resolveId: (id) => (id.startsWith("core-js/") ? "\0no-polyfill" : null),
  load: (id) => (id === "\0no-polyfill" ? "" : null),
};

const TOP_DOMAINS = "\0top-domains";
/** The most letters that a name of the list shares with the one before: as many as there are capital letters, less one. */
const SHARED_LIMIT = 25;

/** Packs IANA's list of top-level domains, which is a tenth of the client, to a half of its size. */
const packedTopDomains: Plugin = {
  name: "packed-top-domains",
  enforce: "pre",
  resolveId: (id) => (id === "@hapi/tlds" ? TOP_DOMAINS : null),
  load(id) {
    if (id !== TOP_DOMAINS) return null;
    let last = "";
    // A capital letter counts the letters that a name shares with the one before: AacademyBdult is academy, adult.
    const packed = [...tlds].sort().map((name) => {
      let shared = 0;
      while (shared < SHARED_LIMIT && shared < last.length && name[shared] === last[shared]) shared++;
      last = name;
      return String.fromCharCode(65 + shared) + name.slice(shared);
    });
    return `let last = "";
      export const tlds = new Set(Array.from("${packed.join("")}".matchAll(/([A-Z])([^A-Z]*)/g), (found) =>
        (last = last.slice(0, found[1].charCodeAt(0) - 65) + found[2])));`;
  },
};

const EMOJIS = "virtual:emojis";
/** Of 2023: devices that show later ones are too few. */
const EMOJI_VERSION = 15.1;
/** Parts of emojis, such as skin tones, which are none by themselves. */
const COMPONENTS = "component";

/** The emojis of Unicode with their names and words to find them by, one a line: `😀|grinning face|cheerful,happy`. */
const emojiList: Plugin = {
  name: "emoji-list",
  resolveId: (id) => (id === EMOJIS ? `\0${EMOJIS}` : null),
  load(id) {
    if (id !== `\0${EMOJIS}`) return null;
    const list = groups.groups
      .filter(({ key }) => key !== COMPONENTS)
      .map(({ message, order }) => ({
        name: message,
        lines: emojis
          .filter(({ group, version }) => group === order && version <= EMOJI_VERSION)
          .sort((one, other) => (one.order ?? 0) - (other.order ?? 0))
          .map(({ emoji, label, tags = [] }) => `${emoji}|${label}|${tags.join()}`)
          .join("\n"),
      }));
    return `export default ${JSON.stringify(list)};`;
  },
};

/**
 * Writes the list of the build's files into the service worker, which caches exactly these. The list changes with every
 * build and thereby the worker's own code, which is how a browser notices a new version.
 */
const precacheList: Plugin = {
  name: "precache-list",
  generateBundle(_, bundle) {
    const files = Object.keys(bundle)
      .filter((file) => /^assets\/.*\.(js|css)$/.test(file))
      .map((file) => `/${file}`);
    const worker = bundle["sw.js"];
    if (worker?.type === "chunk") worker.code = worker.code.replace("__PRECACHE__", JSON.stringify(files));
  },
};

/** Screens share their paths with the API: a browser that opens one gets the client, and only the client's requests get JSON. */
function screenFor({ method, url = "/", headers }: IncomingMessage): string | undefined {
  const [path = "/"] = url.split("?");
  return method === "GET" && headers.accept?.includes("text/html") && isScreen(path) ? "/index.html" : undefined;
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [withoutPolyfills, packedTopDomains, emojiList, precacheList],
  build: {
    target: "es2023",
    // The first versions with light-dark(), which Vite would otherwise replace by a long workaround.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    manifest: true,
    // The Content-Security-Policy allows nothing inline, so every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // What code needs that is loaded on demand is there already, or small: lists of it would be in the first load.
      resolveDependencies: (_file, files, { hostType }) => (hostType === "html" ? files : []),
    },
    rollupOptions: {
      input: { app: `${import.meta.dirname}/index.html`, sw: `${import.meta.dirname}/sw/sw.ts` },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        // Without this, what the first chunk shares with later ones falls into a dozen of small chunks, which compress badly.
        codeSplitting: {
          groups: [
            { name: "shared", test: /node_modules\/@?preact|\/web\/src\/(?!sw)|\/(contract|lib)\//, minShareCount: 5 },
          ],
        },
      },
    },
  },
  server: {
    // The client also imports from lib/ and services/pages/.
    fs: { allow: [`${import.meta.dirname}/..`] },
    // A starting server builds the client into these folders. Without this every build would reload the page.
    watch: { ignored: ["**/dist/**", "**/.dist-*/**"] },
    // Host and Origin stay as the browser sent them: they match, so the server accepts requests with a cookie.
    proxy: {
      "/socket.io": { target: STARLING_URL, ws: true },
      [API_PATHS]: { target: STARLING_URL, bypass: screenFor },
    },
  },
});
