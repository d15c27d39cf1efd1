import { mkdirSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import { join } from "node:path";

/**
 * Compiled code is stored here. Node.js executes it, so only those may write to the folder who may change the product's
 * code as well: it lies among that code.
 */
const COMPILE_CACHE = join(import.meta.dirname, "node_modules/.cache/starling");

const HELP = `Starling: a Twitter you can run yourself.

Usage: npm start
       node server.ts [--repl] [--help]

--repl opens Moleculer's console on the running node.

Settings come from the environment (see .env.example), for example:
  PORT=8080 DATA_DIR=/var/lib/starling npm start
`;

if (process.argv.includes("--help") || process.argv.includes("-h")) {
  process.stdout.write(HELP);
} else {
  keepCompiledCode();
  // Import the rest only now: all that an import names is compiled before the first line runs.
  const { runNode } = await import("./run-node.ts");
  await runNode();
  // Write it now, not at the end: a process that is killed would leave nothing for the next start.
  flushCompileCache();
}

/**
 * Keeps what is compiled for the next start, which then takes two thirds of the time. Does nothing if the folder can't be
 * made, as in a container. Node.js itself obeys NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE.
 */
function keepCompiledCode(): void {
  try {
    mkdirSync(COMPILE_CACHE, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  enableCompileCache(COMPILE_CACHE);
  // Worker threads look here.
  process.env["NODE_COMPILE_CACHE"] ??= COMPILE_CACHE;
}
