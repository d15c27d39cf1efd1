import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "@jest/globals";
import { startNats } from "../../dev/servers/index.ts";
import type { DeadLetter } from "../../seams/channel/channel.ts";
import { eventually } from "../support/eventually.ts";
import { createChannel } from "../support/nats.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith("nats-server");
const SCRIPT = join(import.meta.dirname, "..", "..", "ops", "deadletters", "main.ts");

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function deadletters(url: string, ...args: string[]): Promise<Ended> {
  try {
    const env = { ...process.env, NATS_URL: url };
    return { code: 0, ...(await promisify(execFile)(process.execPath, [SCRIPT, ...args], { env })) };
  } catch (error) {
    return error as Ended;
  }
}

describe("npm run deadletters", () => {
  const nats = useServer(() => startNats());

  it("lists dead letters, and sends them to their group once more", async () => {
    const channel = createChannel(nats().url, { retries: { attempts: 1, delayMs: () => 10 } });
    await channel.open();
    try {
      let isWell = false;
      const done: string[] = [];
      await channel.subscribe({
        job: "follow.notify",
        group: "timeline",
        maxInFlight: 1,
        handler({ id }) {
          if (!isWell) return Promise.reject(new Error("ill"));
          done.push(id);
          return Promise.resolve();
        },
      });
      expect((await deadletters(nats().url, "list")).stdout).toBe("");
      for (const id of ["1", "2", "3"])
        await channel.publish("follow.notify", id, { id, followerId: "7", followeeId: "8", notify: true });
      await eventually(async () => expect(await channel.deadLetters()).toHaveLength(3));
      const { stdout } = await deadletters(nats().url, "list");
      const letters = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as DeadLetter);
      expect(letters).toEqual(await channel.deadLetters());
      isWell = true;
      expect((await deadletters(nats().url, "resend", letters[1]!.id)).code).toBe(0);
      await eventually(() => expect(done).toEqual(["2"]));
      expect(await deadletters(nats().url, "resend", "--all")).toMatchObject({ code: 0 });
      await eventually(() => expect(done.toSorted()).toEqual(["1", "2", "3"]));
      const again = await deadletters(nats().url, "resend", letters[1]!.id);
      expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no dead letter") });
    } finally {
      await channel.close();
    }
  });

  it("names missing and wrong arguments and settings", async () => {
    expect(await deadletters("", "list")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/NATS_URL is not set/),
    });
    expect(await deadletters("nats://127.0.0.1:9", "list")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("No NATS answers at 127.0.0.1:9"),
    });
    for (const wrong of [[], ["resend"], ["list", "x"], ["--what"]]) {
      expect((await deadletters(nats().url, ...wrong)).code).toBe(1);
    }
    expect(await deadletters("", "--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("resend") });
  });
});
