import { MongoClient, type MongoClientOptions, type W } from "mongodb";
import { readFileOf } from "../../config/files.ts";
import { ConfigError, messageOf } from "../../lib/errors.ts";

/** Every operation on MongoDB succeeds or fails within this time. */
export const DEADLINE_MS = 5000;

/** An operation waits this long for a primary, or for any member that may answer. */
export const SELECTION_LIMIT_MS = 4000;

/**
 * Our defaults for the driver; `MONGO_URL` overrides them. The driver has no deadline for a whole operation
 * (`timeoutMS` no longer has an effect), so each of its steps has one.
 */
const DEFAULT_OPTIONS: MongoClientOptions = {
  appName: "starling",
  // Reads continue without a primary.
  readPreference: "primaryPreferred",
  // A hanging member is noticed after at most the sum of these two; pending operations then go to another member.
  heartbeatFrequencyMS: 1000,
  connectTimeoutMS: 1500,
  serverSelectionTimeoutMS: SELECTION_LIMIT_MS,
  waitQueueTimeoutMS: 3000,
  socketTimeoutMS: DEADLINE_MS,
  // Per member. MongoDB spends a thread and about a megabyte on each connection, and there are many nodes.
  maxPoolSize: 50,
};

/**
 * The server waits this long for a majority. Without a limit, each write that its caller has given up on would hold a
 * connection until there is a majority again.
 */
const MAJORITY_LIMIT_MS = 4000;

/** Options of `MONGO_URL` that name files. The driver reads these when it connects, too late for a clear message. */
const FILES = ["tlsCAFile", "tlsCertificateKeyFile", "tlsCRLFile"];

/**
 * Creates the driver's client, which sends nothing yet.
 *
 * @returns the client, and the database to use; undefined: the one of the address
 * @throws ConfigError when the driver rejects the address, or a file that it names can't be read
 */
export function createMongoClient(url: string): { client: MongoClient; database: string | undefined } {
  const { options, database, files } = settingsOf(url);
  for (const path of files) readFileOf("MONGO_URL", path);
  try {
    return { client: new MongoClient(url, options), database };
  } catch (error) {
    throw new ConfigError(`MONGO_URL can't be used: ${withoutSecrets(messageOf(error), url)}`);
  }
}

/** Our settings for everything that `MONGO_URL` does not set, and the files that it names. */
function settingsOf(url: string): { options: MongoClientOptions; database: string | undefined; files: string[] } {
  const [, path = "", query = ""] = /^[^?]*?:\/\/[^/?]*\/?([^?]*)\??(.*)$/.exec(url) ?? [];
  // Option names are case-insensitive.
  const given = new Map([...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value]));
  const left = Object.entries(DEFAULT_OPTIONS).filter(([name]) => !given.has(name.toLowerCase()));
  // A write is acknowledged once a majority has it.
  const w = given.get("w") ?? "majority";
  const wtimeoutMS = Number(given.get("wtimeoutms") ?? MAJORITY_LIMIT_MS);
  const writeConcern = { w: (/^\d+$/.test(w) ? Number(w) : w) as W, wtimeoutMS };
  return {
    options: { ...Object.fromEntries(left), writeConcern },
    database: path === "" ? "starling" : undefined,
    files: FILES.flatMap((name) => given.get(name.toLowerCase()) ?? []),
  };
}

/** Error messages of the driver may quote the address, which contains a password. */
function withoutSecrets(message: string, url: string): string {
  const credentials = /\/\/([^@]*)@/.exec(url)?.[1];
  const cleaned = message.replaceAll(url, "the address");
  return credentials ? cleaned.replaceAll(credentials, "…") : cleaned;
}
