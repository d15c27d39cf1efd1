import { defineConfig, type Plugin } from "vite";

/** Polyfills that twitter-text brings for browsers of 2015: 5 kB that no browser of today needs. */
const withoutPolyfills: Plugin = {
  name: "without-polyfills",
  enforce: "pre",
  resolveId: (id) => (id.startsWith("core-js/") ? "\0no-polyfill" : null),
  load: (id) => (id === "\0no-polyfill" ? "" : null),
};

/**
 * Tells the service worker which files make up this build, so that it keeps exactly these. What it keeps changes with
 * every build, hence so does the worker itself, which is how a browser notices.
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

export default defineConfig({
  root: import.meta.dirname,
  plugins: [withoutPolyfills, precacheList],
  build: {
    target: "es2023",
    manifest: true,
    // Everything is a file of this origin: the policy allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { app: `${import.meta.dirname}/index.html`, sw: `${import.meta.dirname}/sw/sw.ts` },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  server: { proxy: { "/socket.io": { target: "http://localhost:3000", ws: true } } },
});
