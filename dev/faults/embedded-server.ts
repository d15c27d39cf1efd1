import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { guardProcess, temporaryFolder } from "../servers/guard.ts";
import { freePort } from "../servers/ports.ts";
import { EMBEDDED, type StartedServer, startServer } from "../start.ts";

/** The end of a server's output that an error repeats. */
const OUTPUT_LENGTH = 4000;

/** A single server with the embedded stores, always at the same address and on the same folder. */
export interface EmbeddedServer {
  readonly url: string;
  /** The id of its current process. */
  readonly pid: number;
  /** How often it was killed with SIGKILL. */
  readonly kills: number;
  /** Kills it. It does not run afterwards. */
  kill(): Promise<void>;
  /** Shuts it down with SIGTERM, and kills it if that has not ended it after `limitMs`. @throws Error when it fails */
  shutDown(limitMs?: number): Promise<void>;
  /** Starts it again, and waits until it is ready. @throws Error when it ends before */
  start(): Promise<void>;
  /** Starts it again, and kills it so many milliseconds later. @throws Error when it ends before by itself */
  startAndKill(afterMs: number): Promise<void>;
  /** Shuts it down, checks the file of its store, and removes its folder. @throws Error when the file is damaged */
  stop(): Promise<void>;
}

/** Starts a server with empty data in a temporary folder. */
export async function startEmbedded(): Promise<EmbeddedServer> {
  const folder = await temporaryFolder("starling-faults-");
  const port = await freePort();
  const settings = { ...EMBEDDED, DATA_DIR: folder.path, RATE_LIMIT_SCALE: "1000000", PORT: `${port}` };
  let server: StartedServer | null = null;
  let pid = 0;
  let forget: () => void = () => undefined;
  let kills = 0;

  async function run(): Promise<void> {
    server = await startServer(settings, {
      spawned(started) {
        pid = started;
        forget = guardProcess(pid);
      },
    });
  }

  /** Waits until the process has ended. @returns its exit code */
  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const code = (await server?.stop(signal)) ?? null;
    forget();
    return code;
  }

  const embedded = {
    url: `http://localhost:${port}`,
    get pid() {
      return pid;
    },
    get kills() {
      return kills;
    },
    start: run,
    async kill() {
      kills += 1;
      await end("SIGKILL");
    },
    async shutDown(limitMs = Infinity) {
      const { output } = server!;
      let isKilled = false;
      const ended = end("SIGTERM");
      if (limitMs !== Infinity) {
        await Promise.race([ended, pause(limitMs)]);
        // The signal goes to a process that may have ended already, but not to another one: its id is still ours.
        isKilled = await Promise.race([ended.then(() => false), pause(0, true)]);
        if (isKilled) await embedded.kill();
      }
      const code = await ended;
      if (isKilled || code === 0) return;
      throw new Error(`The server exited with code ${code}:\n${output().slice(-OUTPUT_LENGTH)}`);
    },
    async startAndKill(afterMs: number) {
      let isKilled = false;
      const started = run().catch((error: unknown) => {
        if (!isKilled) throw error;
      });
      await Promise.race([started, pause(afterMs)]);
      kills += 1;
      isKilled = true;
      process.kill(pid, "SIGKILL");
      await started;
      await end("SIGKILL");
    },
    async stop() {
      try {
        await embedded.shutDown();
        checkFile(join(folder.path, "starling.sqlite"));
      } finally {
        await end("SIGKILL");
        await folder.remove();
      }
    },
  };
  await run();
  return embedded;
}

/** @throws Error when SQLite finds a file damaged */
function checkFile(file: string): void {
  const db = new DatabaseSync(file);
  const found = db.prepare("PRAGMA integrity_check").all() as { integrity_check: string }[];
  db.close();
  const problems = found.map(({ integrity_check: problem }) => problem).filter((problem) => problem !== "ok");
  if (problems.length > 0) throw new Error(`${file} is damaged: ${problems.join("; ")}`);
}
