import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { type Document, MongoClient } from "mongodb";
import { startMongo } from "../../dev/servers/index.ts";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { closeAllLive, eventually } from "../helper.ts";
import { liveFully, strangers } from "../support/full-life.ts";
import { describeWith, useServer } from "../support/servers.ts";

/** An operation as MongoDB's profiler records it. */
interface Profile {
  ns: string;
  op: string;
  command: Document;
  planSummary?: string;
  hasSortStage?: boolean;
  docsExamined?: number;
  keysExamined?: number;
  nreturned?: number;
  ndeleted?: number;
  nMatched?: number;
}

/** Whether an operation needs the whole collection. */
const wantsAll = ({ ns, command }: Profile) =>
  ns.endsWith(".big_authors") && Object.keys((command["filter"] as object | undefined) ?? {}).length === 0;

/** The fault in how an operation found its documents; null when there is none. */
function faultOf(profile: Profile): string | null {
  const { command, planSummary = "", hasSortStage, docsExamined = 0, keysExamined = 0 } = profile;
  // Each merged scan reads one more key.
  const scans = planSummary.split("IXSCAN").length;
  const wanted = (profile.nreturned ?? 0) + (profile.ndeleted ?? 0) + (profile.nMatched ?? 0);
  if (planSummary.includes("COLLSCAN") && !wantsAll(profile)) return "reads the whole collection";
  if (hasSortStage) return "sorts in memory";
  if (isCount(profile)) return docsExamined > 0 ? "reads documents to count them" : null;
  // Allow for documents that a range or an `$in` just misses, and for one key more than was found.
  if (docsExamined > wanted + 5) return `reads ${docsExamined} documents for ${wanted}`;
  // A list of ids, such as of follows that may exist, takes a look at one key for each.
  const ids = (command["filter"] as { _id?: { $in?: unknown[] } } | undefined)?._id?.$in ?? [];
  return keysExamined > 2 * wanted + scans + ids.length + 5 ? `reads ${keysExamined} keys for ${wanted}` : null;
}

const isCount = ({ command }: Profile) => JSON.stringify(command["pipeline"] ?? null).includes('"$sum":1');

const describe = await describeWith("mongod");

describe("every query on MongoDB", () => {
  const mongo = useServer(() => startMongo());
  let server: StartedServer;
  let client: MongoClient;
  let names: string[];

  beforeAll(async () => {
    client = await MongoClient.connect(mongo().url);
    const env = { MONGO_URL: mongo().url, RATE_LIMIT_SCALE: "1000000", FANOUT_LIMIT: "1" };
    server = await startServer({ ...env, MEDIA_SWEEP_EVERY: "1", MEDIA_UNUSED_TTL: "1" });
    const { documents, ...others } = strangers();
    names = others.names;
    for (const [name, docs] of Object.entries(documents)) {
      await client.db().collection<{ _id: string }>(name).insertMany(docs);
    }
    await client.db().createCollection("system.profile", { capped: true, size: 64 * 1024 * 1024 });
    await client.db().command({ profile: 2 });
  });
  afterAll(async () => {
    await closeAllLive();
    await server?.stop();
    await client?.close();
  });

  it("finds its documents by an index, in the order of the index, and reads few others", async () => {
    await liveFully(server.url, names);
    const profiles = client.db().collection<Profile & Document>("system.profile");
    // Wait for the queries that run on a schedule: media, uses, undelivered tweets and the outbox.
    const looks = [
      { ns: /\.media$/, "command.filter.state": "going" },
      { ns: /\.media$/, "command.filter.used": false },
      { ns: /\.media_uses$/, "command.filter._id": { $exists: true } },
      { ns: /\.tweets$/, "command.filter.delivered": false, "command.filter._id": { $exists: true } },
      { ns: /\.big_authors$/, "command.filter": {} },
    ];
    await eventually(async () => {
      const counts = await Promise.all(looks.map((look) => profiles.countDocuments(look)));
      expect(counts.map((count) => count > 1)).toEqual(looks.map(() => true));
    }, 30_000);
    await client.db().command({ profile: 0 });

    const found = await profiles.find({ planSummary: { $exists: true }, ns: /^starling\.(?!system)/ }).toArray();
    const faults = found.flatMap((profile) => {
      const fault = faultOf(profile);
      return fault === null ? [] : [`${profile.ns} ${fault}: ${profile.planSummary} ${describeCommand(profile)}`];
    });
    expect([...new Set(faults)]).toEqual([]);
    const collections = new Set(found.map(({ ns }) => ns.slice("starling.".length)));
    expect([...collections]).toEqual(
      expect.arrayContaining([
        "users",
        "sessions",
        "login_places",
        "follows",
        "big_authors",
        "tweets",
        "media",
        "media_uses",
      ]),
    );
  });
});

function describeCommand({ command }: Profile): string {
  const told = ["filter", "query", "q", "pipeline", "sort", "limit"];
  return JSON.stringify(Object.fromEntries(Object.entries(command).filter(([name]) => told.includes(name))));
}
