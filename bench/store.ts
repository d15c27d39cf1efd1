import { join } from "node:path";
import { createClient } from "../dev/replay/http.ts";
import { type Person, signUp } from "../dev/replay/people.ts";
import { followRequest } from "../dev/replay/follows.ts";
import { temporaryFolder } from "../dev/servers/guard.ts";
import { idOf } from "./paths/people.ts";
import { startGuarded, type StartedServer } from "../dev/start.ts";
import { now } from "./load/measures.ts";
import { FOLLOWED, generateTown, nameOf, type Size } from "./store/generate.ts";
import { benchInserts, type InsertFigures } from "./store/inserts.ts";
import { type Ratio, ratioOf } from "./store/ratio.ts";
import { residentMb } from "./watched-server.ts";

const SMALL: Size = { tweets: 1000, people: FOLLOWED };
const LARGE: Size = { tweets: 1_000_000, people: 10_000 };
const START_ROUNDS = 5;
const ROUNDS = 5;
/** Requests of each kind in a round. */
const REQUESTS = 60;
const ENV = { RATE_LIMIT_SCALE: "1000000" };

/** The figures of a run; `one` is the large town, `other` the small one. Times in milliseconds, memory in MiB. */
export interface StoreFigures {
  readonly small: Size;
  readonly large: Size;
  readonly start: Ratio;
  readonly resident: Ratio | null;
  readonly requests: Record<string, Ratio>;
  /** `one` is the store's own rate, `other` the bare engine's. */
  readonly inserts: readonly InsertFigures[];
}

interface Town {
  readonly folder: string;
  readonly people: number;
  readonly reader: Person;
}

/** What a reader asks for. The number changes from request to request. */
const REQUEST_KINDS: Readonly<Record<string, (town: Town, n: number) => string>> = {
  "profile page": ({ people }, n) => `/user/${nameOf((n * 7919) % people)}?limit=20`,
  "next profile page": (_town, n) => `/user/${nameOf(n % FOLLOWED)}?limit=10`,
  "feed page": () => "/feed?limit=20",
  "list of followers": ({ people }, n) => `/user/${nameOf((n * 7919) % people)}/followers?limit=20`,
  notifications: () => "/notifications?limit=20",
};

/** Compares embedded servers with a thousand and a million tweets, and the store's inserts with the bare engine. */
export async function benchStore(say: (line: string) => void): Promise<StoreFigures> {
  const folder = await temporaryFolder("starling-bench-");
  const servers: StartedServer[] = [];
  try {
    const towns = [];
    for (const size of [LARGE, SMALL]) towns.push(await foundTown(join(folder.path, `${size.tweets}`), size));
    const [large, small] = towns as [Town, Town];

    say("starting both servers by turns");
    const starts: [number, number][] = [];
    for (let round = 0; round < START_ROUNDS; round++) starts.push([await timeStart(large), await timeStart(small)]);

    say("reading from both servers by turns");
    for (const { folder: DATA_DIR } of [large, small]) servers.push(await startGuarded({ ...ENV, DATA_DIR }));
    const [first, second] = servers as [StartedServer, StartedServer];
    const one = createReader(first.url, large);
    const other = createReader(second.url, small);
    const requests: Record<string, Ratio> = {};
    for (const name of [...Object.keys(REQUEST_KINDS), REBUILD]) {
      const rounds: [number, number][] = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await compare(one, other, name, round));
      requests[name] = ratioOf(rounds);
      say(`${name}: ${requests[name].ratio.toFixed(2)}`);
    }
    const resident = await Promise.all(servers.map(({ pid }) => residentMb(pid)));
    one.close();
    other.close();
    await Promise.all(servers.splice(0).map((server) => server.stop()));

    say("inserting through the store and into a bare table by turns");
    const inserts = await benchInserts(folder.path);
    return {
      small: SMALL,
      large: LARGE,
      start: ratioOf(starts),
      resident: resident[0] && resident[1] ? ratioOf([[resident[0], resident[1]]]) : null,
      requests,
      inserts,
    };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await folder.remove();
  }
}

/** Signs the reader up, as people do, and fills the store of the stopped server around this account. */
async function foundTown(folder: string, size: Size): Promise<Town> {
  const server = await startGuarded({ ...ENV, DATA_DIR: folder });
  const client = createClient(server.url, () => undefined);
  const reader = await signUp(client, "reader");
  const id = await idOf(client, reader);
  client.close();
  await server.stop();
  await generateTown(folder, size, id);
  return { folder, people: size.people, reader };
}

async function timeStart({ folder }: Town): Promise<number> {
  const began = now();
  const server = await startGuarded({ ...ENV, DATA_DIR: folder });
  const took = now() - began;
  await server.stop();
  return took;
}

/** The first look at a feed after a change of follows, which drops the list. */
const REBUILD = "rebuild of a home list";

function createReader(url: string, town: Town) {
  const client = createClient(url, () => undefined);
  const { reader } = town;
  const get = async (path: string): Promise<number> => {
    const began = now();
    await client.ask({ method: "GET", path, token: reader.token, wanted: [200] });
    return now() - began;
  };
  return {
    /** @returns the milliseconds of one request of a kind */
    async time(name: string, n: number): Promise<number> {
      if (name !== REBUILD) return get(REQUEST_KINDS[name]!(town, n));
      // The last of the people whom the reader follows anyway.
      const followee = { username: nameOf(FOLLOWED - 1), token: "" };
      await client.ask(followRequest("DELETE", reader, followee));
      await client.ask(followRequest("PUT", reader, followee));
      return get("/feed?limit=20");
    },
    close: () => client.close(),
  };
}

type Reader = ReturnType<typeof createReader>;

/** Asks both by turns. @returns the mean milliseconds of one and of the other */
async function compare(one: Reader, other: Reader, name: string, round: number): Promise<[number, number]> {
  const sums: [number, number] = [0, 0];
  for (let n = 0; n < REQUESTS; n++) {
    // Who is second finds the processor's caches warm, so they change places.
    const order = n % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    for (const side of order) sums[side] += await [one, other][side]!.time(name, round * REQUESTS + n);
  }
  return [sums[0] / REQUESTS, sums[1] / REQUESTS];
}

export function printStore({ small, large, start, resident, requests, inserts }: StoreFigures): string {
  const row = (name: string, unit: string, { one, other, ratio, least, most }: Ratio, digits = 2) =>
    [
      name.padEnd(28),
      `${one.toFixed(digits)} ${unit}`.padStart(14),
      `${other.toFixed(digits)} ${unit}`.padStart(14),
      ratio.toFixed(2).padStart(8),
      `${least.toFixed(2)} to ${most.toFixed(2)}`.padStart(16),
    ].join("");
  const head = (one: string, other: string) =>
    ["".padEnd(28), one.padStart(14), other.padStart(14), "ratio".padStart(8), "spread".padStart(16)].join("");
  return [
    head(`${large.tweets} tweets`, `${small.tweets}`),
    row("start to ready", "ms", start, 0),
    ...(resident ? [row("resident memory", "MiB", resident, 0)] : []),
    ...Object.entries(requests).map(([name, ratio]) => row(name, "ms", ratio)),
    "",
    head("Collection", "bare, 1 index"),
    ...inserts.map(({ atOnce, plain }) => row(`inserts, ${atOnce} at a time`, "/s", plain, 0)),
    "",
    head("Collection", "bare, all"),
    ...inserts.map(({ atOnce, indexed }) => row(`inserts, ${atOnce} at a time`, "/s", indexed, 0)),
  ].join("\n");
}
