// `npm run dev`: see `USAGE`.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { parseOptions, reportError, untilSignalled, UsageError, wholeNumber } from "../../lib/command.ts";
import { guardProcess } from "../servers/guard.ts";

const ROOT = join(import.meta.dirname, "../..");
const VITE = join(ROOT, "node_modules/vite/bin/vite.js");
const ENV_FILE = join(ROOT, ".env");
const MAX_PORT = 65_535;

const USAGE = `Runs Starling for development. The server restarts when one of its sources changes, and the web client is updated in
the browser by Vite without a reload. Ctrl-C ends both.

  npm run dev -- [options]

  --port PORT       the server's port (PORT of the environment or of .env, else 3000)
  --web-port PORT   the web client's port (5173)
  --help            prints this text

Settings come from the environment and from .env, as with npm start; data are in ./data.`;

function readArguments() {
  const { values } = parseOptions(process.argv.slice(2), {
    port: { type: "string" },
    "web-port": { type: "string", default: "5173" },
    help: { type: "boolean", default: false },
  });
  const port = values.port ?? process.env["PORT"] ?? portOfEnvFile() ?? "3000";
  return { help: values.help, port: portNumber("port", port), webPort: portNumber("web-port", values["web-port"]) };
}

function portOfEnvFile(): string | undefined {
  return existsSync(ENV_FILE) ? parseEnv(readFileSync(ENV_FILE, "utf8"))["PORT"] : undefined;
}

/** @throws UsageError, also for 0 (any free port), because Vite must know the server's port */
function portNumber(name: string, text: string): number {
  const port = wholeNumber(name, text, 1);
  if (port > MAX_PORT) throw new UsageError(`--${name} must be from 1 to ${MAX_PORT}, not ${text}`);
  return port;
}

/** Starts Node.js in its own process group, so that a Ctrl-C reaches only this process, which then ends the children. */
function start(args: readonly string[], env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
  });
  // The whole group, because `node --watch` runs the server as a child.
  child.once("exit", guardProcess(-child.pid!));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

/** @returns the exit code */
async function main(): Promise<number> {
  const { help, port, webPort } = readArguments();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const serverUrl = `http://localhost:${port}`;
  console.log(`Server      ${serverUrl}   restarts when its sources change`);
  console.log(`Web client  http://localhost:${webPort}   updates when its sources change`);
  console.log("Press Ctrl-C to end both.\n");
  // Node.js watches the modules that the server imports, so a write to ./data does not restart it.
  // Not --env-file-if-exists: without the file, the watcher of Node.js 24 crashes at its exit, and the server runs on.
  const envFile = existsSync(ENV_FILE) ? [`--env-file=${ENV_FILE}`] : [];
  const server = start(["--watch", "--watch-preserve-output", ...envFile, "server.ts"], { PORT: `${port}` });
  const vite = start([VITE, "web", "--port", `${webPort}`, "--strictPort", "--clearScreen", "false"], {
    STARLING_URL: serverUrl,
  });
  const died = Promise.race([
    once(server, "exit").then(() => "The server's watcher"),
    once(vite, "exit").then(() => "Vite"),
  ]);
  const outcome = await Promise.race([
    untilSignalled().then((signal) => ({ code: 0, line: `${signal}: ending both` })),
    died.then((name) => ({ code: 1, line: `${name} ended by itself; its output above says why.` })),
  ]);
  console.error(outcome.line);
  await Promise.all([end(server), end(vite)]);
  return outcome.code;
}

try {
  process.exitCode = await main();
} catch (error) {
  reportError(error, "dev");
  process.exitCode = 1;
}
