import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { type Document, MongoClient } from "mongodb";
import { startMongo } from "../../dev/servers/index.ts";
import { MEMBERS_KEY } from "../../dev/servers/mongo-ask.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith("mongod");
const SCRIPT = join(import.meta.dirname, "../../k8s/overlays/dev/mongo-set.js");
type Script = (connect: unknown, process: unknown) => Promise<void>;
const AsyncFunction = (async () => await Promise.resolve()).constructor as new (...parts: string[]) => Script;

describe("mongo-set.js", () => {
  const mongo = useServer(() => startMongo({ login: { user: "operator", password: "any" } }));

  /** Runs the script with the part of mongosh that it uses. */
  async function run(password: string): Promise<void> {
    const clients: MongoClient[] = [];
    const connect = async (url: string) => {
      const client = await MongoClient.connect(url);
      clients.push(client);
      return {
        adminCommand: (command: Document) => client.db("admin").command(command),
        runCommand: (command: Document) => client.db().command(command),
      };
    };
    const env = { HOSTS: `127.0.0.1:${mongo().members[0]!.port}`, MEMBERS_KEY, PASSWORD: password };
    try {
      await new AsyncFunction("connect", "process", await readFile(SCRIPT, "utf8"))(connect, { env });
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
  }

  const login = (password: string) =>
    MongoClient.connect(mongo().url.replace("operator:any", `starling:${password}`)).then(async (client) => {
      await client.db().collection<{ _id: string }>("things").updateOne({ _id: "1" }, { $set: {} }, { upsert: true });
      await client.close();
    });

  it("gives a set its user, and changes the password when it is run again", async () => {
    await run("first");
    await login("first");
    await run("second");
    await login("second");
    await expect(login("first")).rejects.toThrow("Authentication failed");
  });
});
