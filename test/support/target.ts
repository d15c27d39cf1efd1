import { readdir, readFile, rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { type Person, signUp } from "./cast.ts";
import { createApi } from "./client.ts";
import { eventually } from "./eventually.ts";
import { closeAllLive } from "./live.ts";
import { temporaryFolder } from "../helper.ts";

/** Resources that the server under attack is given. */
export interface TargetOptions {
  /** Size of the heap in MiB, as on the smallest container of the deployment. */
  heapMb?: number;
  /** The most files and connections that the server may have open at a time. */
  descriptors?: number;
}

/** How much a server may differ after an attack. */
interface HarmLimits {
  /** Growth of the resident memory in MiB. Node returns memory late, so small leaks don't show. */
  growthMb?: number;
  /** Connections and files that remain open. */
  descriptors?: number;
}

/** A server under attack, with little memory and few descriptors, and a bystander whom the attack must not harm. */
export interface Target {
  readonly url: string;
  readonly pid: number;
  /** Everything that the server has printed. */
  output(): string;
  /** Resident memory of the process, in MiB. */
  residentMb(): Promise<number>;
  /** Open files and connections of the process. */
  descriptors(): Promise<number>;
  /** CPU time of the process so far, all threads included. */
  cpuMs(): Promise<number>;
  cast<const N extends string>(...names: N[]): Promise<Record<N, Person>>;
  /**
   * Runs an attack. Meanwhile the bystander tweets and reads, and gets an answer each time. Afterwards the process
   * lives, the bystander's tweets, profile and notifications are as before but for the new tweets, and memory and
   * descriptors are back.
   *
   * @returns the result of the attack
   */
  underAttack<T>(attack: () => Promise<T>, limits?: HarmLimits): Promise<T>;
}

/** The bystander gives up on an answer after this time. A healthy server answers in a few milliseconds. */
const PATIENCE_MS = 5000;
/** A server that is not gone this long after SIGTERM is killed, and counts as failed. */
const STOP_LIMIT_MS = 20_000;
/** The bystander makes a request this often while an attack runs. */
const VISIT_EVERY_MS = 100;

/**
 * Starts a server for the attacks of a file, with the default rate limits unless `env` says otherwise, and stops it after
 * them. The server must then exit cleanly, and must have logged no error.
 */
export function useTarget(
  env: Record<string, string> = {},
  { heapMb = 512, descriptors = 200 }: TargetOptions = {},
): Target {
  let folder: string;
  let server: StartedServer;
  let bystander: Person;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await startServer(
      { DATA_DIR: folder, NODE_OPTIONS: `--max-old-space-size=${heapMb}`, ...env },
      descriptors === undefined ? {} : { descriptors },
    );
    bystander = await signUp(server.url, "bystander");
    await bystander.tweet("Here before the attack");
  });

  afterAll(async () => {
    await closeAllLive();
    const code = await Promise.race([server?.stop(), pause(STOP_LIMIT_MS, "still running", { ref: false })]);
    if (code === "still running") await server.stop("SIGKILL");
    await rm(folder, { recursive: true, force: true });
    expect([code, server?.output() ?? ""]).toEqual([
      0,
      expect.not.stringMatching(/\b(?:ERROR|FATAL)\b|unhandled|uncaught/i),
    ]);
  });

  const status = async (name: string) => {
    const text = await readFile(`/proc/${server.pid}/status`, "utf8");
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]);
  };
  const residentMb = async () => (await status("VmRSS")) / 1024;
  const countDescriptors = async () => (await readdir(`/proc/${server.pid}/fd`)).length;

  /** What others see of the bystander, and what the bystander sees. */
  async function look() {
    const { api, username } = bystander;
    const paths = [`/user/${username}?limit=100`, "/feed?limit=100", "/notifications", "/sessions"];
    const replies = await Promise.all(paths.map((path) => api.get<Record<string, unknown>>(path)));
    expect(replies.map(({ status: code }) => code)).toEqual(paths.map(() => 200));
    const [profile, feed, notifications, sessions] = replies.map(({ body }) => body);
    const { user } = profile as { user: Record<string, unknown> };
    const count = (list: unknown) => (list as unknown[]).length;
    const ids = (list: unknown) => (list as { id: string }[]).map(({ id }) => id);
    return {
      profile: { ...user, tweetsCount: 0 },
      tweets: ids(profile!["tweets"]),
      feed: ids(feed!["tweets"]),
      notifications: ids(notifications!["notifications"]),
      sessions: count(sessions!["sessions"]),
    };
  }

  /** One request after the other, until the signal; each must be answered. @returns the ids of the tweets made */
  async function visitUntil(signal: AbortSignal): Promise<string[]> {
    const api = createApi(server.url, bystander.token);
    const made: string[] = [];
    const within = <T>(what: string, work: Promise<T>): Promise<T> =>
      Promise.race([
        work,
        pause(PATIENCE_MS, undefined, { ref: false }).then(() => {
          throw new Error(`${what} had no answer within ${PATIENCE_MS} ms`);
        }),
      ]);
    for (let visit = 0; !signal.aborted; visit++) {
      const alive = await within("GET /health/live", api.get("/health/live"));
      expect([alive.status, alive.text]).toEqual([200, expect.any(String)]);
      if (visit % 10 === 0) {
        const reply = await within("POST /tweet", api.post<{ id: string }>("/tweet", { text: `Visit ${visit}` }));
        expect([reply.status, reply.text]).toEqual([201, expect.any(String)]);
        made.unshift(reply.body.id);
      }
      await pause(VISIT_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
    return made;
  }

  return {
    get url() {
      return server.url;
    },
    get pid() {
      return server.pid;
    },
    output: () => server.output(),
    residentMb,
    descriptors: countDescriptors,
    async cpuMs() {
      const fields = (await readFile(`/proc/${server.pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
      // User and system time, in clock ticks of 10 ms (proc_pid_stat(5)).
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    async cast<const N extends string>(...names: N[]) {
      const people = await Promise.all(names.map(async (name) => [name, await signUp(server.url, name)] as const));
      return Object.fromEntries(people) as Record<N, Person>;
    },
    async underAttack(attack, limits = {}) {
      const before = { ...(await look()), memory: await residentMb(), descriptors: await countDescriptors() };
      const over = new AbortController();
      const visits = visitUntil(over.signal);
      // Rejects at once when the bystander is harmed, because the attack might then never end.
      const harmed = visits.then(() => new Promise<never>(() => undefined));
      let result;
      try {
        result = await Promise.race([attack(), harmed]);
      } finally {
        over.abort();
      }
      const made = await visits;
      const { memory, descriptors: open, ...seen } = before;
      expect(await look()).toEqual({
        ...seen,
        tweets: [...made, ...seen.tweets].slice(0, 100),
        feed: [...made, ...seen.feed].slice(0, 100),
      });
      await eventually(async () => {
        expect(await countDescriptors()).toBeLessThanOrEqual(open + (limits.descriptors ?? 5));
      });
      expect((await residentMb()) - memory).toBeLessThan(limits.growthMb ?? 200);
      return result;
    },
  };
}
