import { afterEach, beforeAll, expect, it } from "@jest/globals";
import { type Document, MongoClient } from "mongodb";
import { startMongo } from "../../dev/servers/index.ts";
import type { CollectionSpec } from "../../seams/collections/collection.ts";
import { MongoConnection } from "../../seams/collections/mongo-connection.ts";
import { MongoCollection } from "../../seams/collections/mongo.ts";
import { eventually } from "../helper.ts";
import { describeWith, useServer } from "../support/servers.ts";

interface Doc {
  _id: string;
  name?: string;
  waiting?: boolean;
}

const THINGS: CollectionSpec = {
  name: "things",
  indexes: [
    { fields: { name: 1 }, unique: true },
    { fields: { waiting: 1, _id: 1 }, partial: { waiting: true } },
  ],
};

const describe = await describeWith("mongod");

describe("the connection to MongoDB", () => {
  const mongo = useServer(() => startMongo());
  const opened: MongoConnection[] = [];
  const logged: string[] = [];

  function connect(url = mongo().url): MongoConnection {
    const log = (...parts: unknown[]) => void logged.push(parts.join(" "));
    const connection = new MongoConnection(url, { warn: log, error: log });
    opened.push(connection);
    return connection;
  }

  async function withClient<R>(work: (client: MongoClient) => Promise<R>): Promise<R> {
    const client = await MongoClient.connect(mongo().url);
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  beforeAll(() => withClient((client) => client.db().dropDatabase()));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connection) => connection.close()));
    await withClient((client) => client.db().dropDatabase());
    logged.length = 0;
  });

  it("makes writes of every kind wait for a majority, but with a time limit", async () => {
    const connection = connect(`${mongo().url}&monitorCommands=true`);
    const things = new MongoCollection<Doc>(THINGS, connection);
    await things.connect();
    const { client } = connection.db;
    const concerns: unknown[] = [];
    client.on("commandStarted", ({ commandName, command }: { commandName: string; command: Document }) => {
      concerns.push([commandName, command["writeConcern"]]);
    });
    await things.insert({ _id: "1", name: "a" });
    await things.insertMany([{ _id: "2", name: "b" }]);
    await things.updateById("1", { $set: { name: "c" } });
    await things.updateMany({ name: "b" }, { $set: { name: "d" } });
    await things.removeById("1");
    await things.removeMany({ name: "d" });
    const commands = ["insert", "insert", "findAndModify", "update", "delete", "delete"];
    const concern = { w: "majority", wtimeout: expect.any(Number) };
    expect(concerns).toEqual(commands.map((name) => [name, concern]));
  });

  it("lets an address ask for less, and warns", async () => {
    const connection = connect(`${mongo().url}&w=1&maxPoolSize=3`);
    await connection.open();
    expect(logged).toEqual([expect.stringContaining("w=1")]);
  });

  it("uses the database of the address, else starling", () => {
    expect(connect("mongodb://127.0.0.1:1/birds?replicaSet=x").db.databaseName).toBe("birds");
    expect(connect("mongodb://alice:secret@127.0.0.1:1,127.0.0.1:2/?replicaSet=x").db.databaseName).toBe("starling");
    expect(connect("mongodb://127.0.0.1:1").db.databaseName).toBe("starling");
  });

  it.each([
    "mongodb://alice:s3cret@127.0.0.1/starling?nonsense=1",
    "mongodb://alice:s3cret@127.0.0.1:99999/starling",
    "mongodb://alice:s3cret@/starling",
    "mongodb://alice:s3c@ret@127.0.0.1/starling",
  ])("refuses %s without revealing the password", (url) => {
    expect(() => connect(url)).toThrow(/^MONGO_URL can't be used: (?!.*(alice|s3c))/);
  });

  it("waits for a MongoDB that is not there yet, and logs that it waits", async () => {
    const [member] = mongo().members;
    await member!.kill("SIGKILL");
    const connection = connect(
      mongo().url.replace("://", "://alice:s3cret@").replace("starling?", "starling?authSource=admin&"),
    );
    const plain = connect();
    const waiting = plain.open();
    expect(plain.missing()).toEqual(["MongoDB"]);
    void connection.open().catch(() => undefined);
    await eventually(() => expect(logged.filter((line) => line.includes("waiting for it"))).toHaveLength(2));
    expect(logged.join()).not.toMatch(/alice|s3cret/);
    await connection.close();
    await member!.restart();
    await waiting;
    expect([plain.missing(), plain.term]).toEqual([[], expect.any(Number)]);
  });

  it("creates the indexes once, even if many nodes start together", async () => {
    const nodes = Array.from({ length: 8 }, () => new MongoCollection<Doc>(THINGS, connect()));
    await Promise.all(nodes.map((node) => node.connect()));
    const indexes = await withClient((client) => client.db().collection("things").indexes());
    expect(indexes.map(({ key, unique, partialFilterExpression }) => [key, unique, partialFilterExpression])).toEqual(
      expect.arrayContaining([
        [{ _id: 1 }, undefined, undefined],
        [{ name: 1 }, true, undefined],
        [{ waiting: 1, _id: 1 }, undefined, { waiting: true }],
      ]),
    );
    expect(indexes).toHaveLength(3);
  });

  it("refuses to start if an index has other properties, and if there are duplicate values", async () => {
    await new MongoCollection<Doc>({ name: "things", indexes: [{ fields: { name: 1 } }] }, connect()).connect();
    const unique = new MongoCollection<Doc>(THINGS, connect());
    await expect(unique.connect()).rejects.toMatchObject({
      name: "StoreUnusableError",
      message: expect.stringMatching(/index name of the collection things .*other properties.*dropIndex/),
    });
    await withClient(async (client) => {
      await client.db().collection("things").dropIndex("name_1");
      await client
        .db()
        .collection<Doc>("things")
        .insertMany([
          { _id: "1", name: "a" },
          { _id: "2", name: "a" },
        ]);
    });
    await expect(unique.connect()).rejects.toMatchObject({
      name: "StoreUnusableError",
      message: expect.stringContaining("two documents have the same value"),
    });
  });
});
