import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { MongoClient } from "mongodb";
import { startMongo } from "../../dev/servers/index.ts";
import {
  closeAllLive,
  connectLive,
  eventually,
  expectProblem,
  logInAgain,
  startStarling,
  type Starling,
} from "../helper.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith("mongod");

describe("sessions that MongoDB ends without confirming it", () => {
  const mongo = useServer(() => startMongo({ testCommands: true }));
  let starling: Starling;
  let client: MongoClient;

  beforeAll(async () => {
    starling = await startStarling({ MONGO_URL: mongo().url });
    client = await MongoClient.connect(mongo().url);
  });
  afterAll(async () => {
    await closeAllLive();
    await client?.close();
    await starling?.stop();
  });

  it.each(["/auth/logout-all", "/auth/logout"])("lose their live connections all the same (%s)", async (path) => {
    const { alice } = await starling.cast("alice");
    const phone = await logInAgain(alice);
    const ended = path === "/auth/logout-all" ? [alice, phone] : [alice];
    const lives = await Promise.all(ended.map(({ token }) => connectLive(starling.url, token)));
    await client.db("admin").command({
      configureFailPoint: "failCommand",
      mode: { times: 1 },
      data: {
        failCommands: ["delete"],
        namespace: "starling.sessions",
        writeConcernError: { code: 64, errmsg: "waiting for replication timed out" },
      },
    });
    expectProblem(await alice.api.post(path), 503);
    expectProblem(await alice.api.get("/feed"), 401, "UNAUTHORIZED");
    await eventually(() => expect(lives.map(({ socket }) => socket.connected)).toEqual(ended.map(() => false)));
  });
});
