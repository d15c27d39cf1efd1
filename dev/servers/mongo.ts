import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Document } from "mongodb";
import { type Access, credentialsIn } from "./access.ts";
import { findServer } from "./find.ts";
import { temporaryFolder } from "./guard.ts";
import { type Ask, askWith, MEMBERS_KEY } from "./mongo-ask.ts";
import { onFreePort } from "./ports.ts";
import { launch, type RunningServer } from "./process.ts";
import { startAll, stopAll } from "./start-all.ts";

const SET = "starling";
/** Time for the members to find each other and elect a primary, or to elect another one later. */
const ELECTION_LIMIT_MS = 60_000;

export interface MongoMember extends RunningServer {
  readonly dbPath: string;
}

interface MongoOptions extends Access {
  /** Default: 1. */
  readonly members?: 1 | 3;
  /** Whether tests may make its members fail with `configureFailPoint`. */
  readonly testCommands?: boolean;
}

/** A replica set. */
export interface MongoSet {
  /** A value for `MONGO_URL`, with all members, the set, and the database `starling`. */
  readonly url: string;
  readonly members: readonly MongoMember[];
  /** Waits until there is a primary. @throws Error after a minute without one */
  primary(): Promise<MongoMember>;
  /** Waits until each member is the primary or a secondary. @throws Error after a minute in which one is neither */
  whole(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a MongoDB replica set and waits until each member is the primary or a secondary.
 *
 * @throws ServerMissingError, ServerStartError; Error when no primary is elected
 */
export async function startMongo(options: MongoOptions = {}): Promise<MongoSet> {
  const program = await findServer("mongod");
  const { members: count = 1, login, tls } = options;
  const ask = askWith(options);
  const members = await startAll(
    Array.from({ length: count }, () => onFreePort((port) => launchMongod(program, port, options))),
  );
  const hosts = members.map(({ port }) => `127.0.0.1:${port}`);
  const primary = () =>
    until(
      () => primaryOf(members, ask),
      `No primary was elected among ${hosts.join(", ")} within ${ELECTION_LIMIT_MS / 1000} s.`,
    );
  const whole = async () => {
    await primary();
    const joins = members.map(({ port }) =>
      until(() => isMember(port, ask), `127.0.0.1:${port} did not join its set.`),
    );
    await Promise.all(joins);
  };
  try {
    await ask(members[0]!.port, {
      replSetInitiate: {
        _id: SET,
        members: hosts.map((host, _id) => ({ _id, host })),
        // The set replaces a dead primary after 2 s instead of 10, so that tests of an election are faster.
        settings: { electionTimeoutMillis: 2000, heartbeatIntervalMillis: 500 },
      },
    });
    await whole();
    if (login) {
      const { port } = await primary();
      await ask(port, createUser(login.user, login.password), "starling");
      // A client with this certificate needs no password.
      if (tls) await ask(port, createUser(tls.clientName), "$external");
    }
  } catch (error) {
    await stopAll(members);
    throw error;
  }
  const tlsOptions = tls ? `&tls=true&tlsCAFile=${encodeURIComponent(tls.ca)}` : "";
  return {
    url: `mongodb://${credentialsIn(login)}${hosts.join(",")}/starling?replicaSet=${SET}${tlsOptions}`,
    members,
    primary,
    whole,
    stop: () => stopAll(members),
  };
}

function createUser(name: string, password?: string): Document {
  const roles = [
    { role: "readWrite", db: "starling" },
    // For the tools that watch a cluster; Starling itself does not need this role.
    { role: "clusterMonitor", db: "admin" },
  ];
  return { createUser: name, ...(password !== undefined && { pwd: password }), roles, writeConcern: { w: "majority" } };
}

async function launchMongod(program: string, port: number, options: MongoOptions): Promise<MongoMember> {
  const { testCommands = false, login, tls } = options;
  const ask = askWith(options);
  const folder = await temporaryFolder("starling-mongod-");
  const dbPath = join(folder.path, "data");
  await mkdir(dbPath);
  const keyFile = join(folder.path, "key");
  if (login) await writeFile(keyFile, MEMBERS_KEY, { mode: 0o400 });
  // Small, because several run side by side on a laptop.
  const small = ["--wiredTigerCacheSizeGB", "0.25", "--oplogSize", "64", "--nounixsocket"];
  const guarded = [
    ...(login ? ["--keyFile", keyFile] : []),
    ...(tls ? ["--tlsMode", "requireTLS", "--tlsCertificateKeyFile", tls.server.both, "--tlsCAFile", tls.ca] : []),
    ...(tls ? ["--tlsAllowConnectionsWithoutCertificates"] : []),
  ];
  const parameters = [
    "diagnosticDataCollectionEnabled=false",
    // At a shutdown, clients have half a second to disconnect, instead of 15 s.
    "shutdownTimeoutMillisForSignaledShutdown=500",
    // A member leaves a frozen sync source after 2 s instead of 6; until then it can't be part of a majority.
    "oplogNetworkTimeoutBufferSeconds=1",
    ...(testCommands ? ["enableTestCommands=1"] : []),
  ];
  const server = await launch({
    program,
    args: ["--port", `${port}`, "--bind_ip", "127.0.0.1", "--dbpath", dbPath, "--replSet", SET, ...small].concat(
      guarded,
      parameters.flatMap((parameter) => ["--setParameter", parameter]),
    ),
    port,
    folder,
    answers: async (pid) => Number((await ask(port, { serverStatus: 1 }))["pid"]) === pid,
  });
  const restart = server.restart.bind(server);
  return Object.assign(server, {
    dbPath,
    async restart() {
      await restart();
      await until(() => isMember(port, ask), `127.0.0.1:${port} did not rejoin its set.`);
    },
  });
}

async function isMember(port: number, ask: Ask): Promise<true | undefined> {
  const hello = await ask(port, { hello: 1 });
  return hello["isWritablePrimary"] || hello["secondary"] ? true : undefined;
}

async function primaryOf(members: readonly MongoMember[], ask: Ask): Promise<MongoMember | undefined> {
  const answers = await Promise.allSettled(
    members.map(async (member) => ({ member, hello: await ask(member.port, { hello: 1 }) })),
  );
  return answers
    .flatMap((answer) =>
      answer.status === "fulfilled" && answer.value.hello["isWritablePrimary"] ? [answer.value] : [],
    )
    .sort((one, other) => String(other.hello["electionId"]).localeCompare(String(one.hello["electionId"])))
    .at(0)?.member; // The latest election counts: for a moment, a thawed member may still consider itself the primary.
}

/** Repeats a request until it gives a value; a failure counts as none. @throws Error with `message` after the limit */
async function until<T>(ask: () => Promise<T | undefined>, message: string): Promise<T> {
  const deadline = performance.now() + ELECTION_LIMIT_MS;
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(message);
    await pause(50);
  }
}
