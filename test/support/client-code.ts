import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../..");
const VITE = join(ROOT, "node_modules/vite/bin/vite.js");
/** The modules of the client's drafts and outbox, all of whose exports the bundle has. */
const MODULES = [
  "outbox/draft",
  "outbox/entries",
  "outbox/outbox",
  "outbox/sending",
  "outbox/uploads",
  "outbox/other-drafts",
  "store/session",
];
/** In place of the package that reads IndexedDB: the test's own storage, which is a global of the window. */
const STORAGE = `
  export const createStore = () => (mode, use) => use({ getAll: ({ lower }) => fileStorage.all(lower) });
  export const promisifyRequest = (answer) => answer;
  export const get = (key) => fileStorage.get(key);
  export const set = (key, value) => fileStorage.set(key, value);
  export const del = (key) => fileStorage.del(key);
`;

/** Bundles the client's own code of the drafts and the outbox. @returns a script that defines `Client` */
export async function bundleClient(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "starling-client-"));
  try {
    const entry = join(folder, "entry.js");
    const storage = join(folder, "storage.js");
    const config = join(folder, "vite.config.mjs");
    await writeFile(storage, STORAGE);
    await writeFile(entry, MODULES.map((name) => `export * from "${ROOT}/web/src/${name}.ts";`).join("\n"));
    const options = {
      root: ROOT,
      logLevel: "error",
      publicDir: false,
      resolve: { alias: { "idb-keyval": storage } },
      build: {
        lib: { entry, formats: ["iife"], name: "Client", fileName: "client" },
        outDir: join(folder, "out"),
        minify: false,
        target: "es2024",
        rollupOptions: { output: { inlineDynamicImports: true, entryFileNames: "client.js" } },
      },
    };
    await writeFile(config, `export default ${JSON.stringify(options)};`);
    await promisify(execFile)(process.execPath, [VITE, "build", "--config", config], { cwd: ROOT });
    return await readFile(join(folder, "out/client.js"), "utf8");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
