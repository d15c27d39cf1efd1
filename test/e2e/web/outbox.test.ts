import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { eventually, type Person, temporaryFolder, useStarling } from "../../helper.ts";
import { shoot } from "../../support/browser.ts";
import { pick, sendTweet, textField } from "../../support/composer.ts";
import { EXPECTED, textsOn, untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();
let folder: string;
let png: Buffer;

beforeAll(async () => {
  folder = await temporaryFolder();
  const create = { width: 60, height: 40, channels: 3 as const, background: "#36c" };
  png = await sharp({ create }).png().toBuffer();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileNamed(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, png);
  return path;
}

async function write(page: Page, text: string): Promise<void> {
  await textField(page).fill(text);
  await sendTweet(page);
}

async function tweetsOf({ api }: Person): Promise<string[]> {
  const { body } = await api.get<{ tweets: { text: string }[] }>("/user");
  return body.tweets.map(({ text }) => text);
}

describe("an unsent tweet whose file can't be read any more", () => {
  it.each(["deleted", "changed"])("says so after its file was %s, and holds up nothing", async (fate) => {
    const { alice } = await starling.cast("alice");
    const { page, context, expectComplaints } = await visit(starling.url, alice);
    expectComplaints(EXPECTED.offline, /ERR_|Failed to load resource/);
    await untilLive(page);
    const path = await fileNamed(`${fate}.png`);
    await context.route("**/media", (route) => route.abort());
    await pick(page, path);
    await page.getByRole("button", { name: "Remove picture 1" }).waitFor();
    await write(page, "With a picture");
    await page.getByText("Waiting for a connection.", { exact: false }).waitFor();
    await (fate === "deleted" ? rm(path) : writeFile(path, Buffer.concat([png, png])));
    await write(page, "Without a picture");
    await page.getByRole("feed").getByText("Without a picture").waitFor();
    await context.unroute("**/media");
    const reason = `The file ${fate}.png can't be read any more`;
    await page.getByText(reason, { exact: false }).waitFor();
    await shoot(page, "web-outbox-lost-file");
    await write(page, "And another");
    await page.getByRole("feed").getByText("And another").waitFor();

    // The words are still there, and the picture can be picked again.
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove picture 1" }).click();
    await pick(page, await fileNamed(`${fate}-again.png`));
    await sendTweet(page);
    await eventually(async () =>
      expect(await textsOn(page)).toEqual(["With a picture", "And another", "Without a picture"]),
    );
    expect(await tweetsOf(alice)).toEqual(["With a picture", "And another", "Without a picture"]);
  });

  it("is kept over a reload: its words, if not its file", async () => {
    const { alice } = await starling.cast("alice");
    const { page, context, expectComplaints } = await visit(starling.url, alice);
    expectComplaints(EXPECTED.offline, /ERR_|Failed to load resource/);
    await untilLive(page);
    const path = await fileNamed("gone.png");
    await context.route("**/media", (route) => route.abort());
    await textField(page).fill("With a lost picture");
    await pick(page, path);
    await page.getByRole("button", { name: "Remove picture 1" }).waitFor();
    await rm(path);
    await sendTweet(page);
    await page.getByText(/can't be read any more/).waitFor();
    await page.reload();
    await page.getByText("With a lost picture").waitFor();
    await write(page, "Later");
    await page.getByRole("feed").getByText("Later").waitFor();
    await context.unroute("**/media");
    // Some browsers keep a copy of the file, and others do not: the tweet is sent, or says what it lacks.
    await eventually(async () => {
      const isSent = (await tweetsOf(alice)).includes("With a lost picture");
      expect(isSent || (await page.getByText(/can't be read any more/).isVisible())).toBe(true);
    });
  });
});

describe("unsent tweets", () => {
  it("go out in order, but none waits for one that the server can't take", async () => {
    const { alice } = await starling.cast("alice");
    const { page, context, expectComplaints } = await visit(starling.url, alice);
    expectComplaints(EXPECTED.offline, /status of 500|ERR_FAILED/);
    await untilLive(page);
    await context.route("**/tweet/*", async (route) => {
      const { text = "" } = (route.request().postDataJSON() ?? {}) as { text?: string };
      if (text === "Broken") await route.fulfill({ status: 500, json: { status: 500 } });
      else if (text === "Cut off") await route.abort();
      else await route.fallback();
    });
    for (const text of ["Broken", "Cut off", "Fine", "Fine, too"]) await write(page, text);
    await eventually(async () => expect(await tweetsOf(alice)).toEqual(["Fine, too", "Fine"]), 20_000);
    await context.unroute("**/tweet/*");
    await page.getByRole("button", { name: "Retry" }).first().click();
    await eventually(async () => expect((await tweetsOf(alice)).slice(0, 2).sort()).toEqual(["Broken", "Cut off"]));
    await page.getByText(/Waiting for a connection|Sending|Not sent/).waitFor({ state: "detached" });
  });

  it("are sent by their author alone, once they log in again", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const { page, context, expectComplaints } = await visit(starling.url, alice);
    expectComplaints(EXPECTED.offline, EXPECTED.unauthorized, /ERR_FAILED/);
    await untilLive(page);
    await context.route("**/tweet/*", (route) => route.abort());
    await write(page, "By Alice");
    await page.getByText("Waiting for a connection.", { exact: false }).waitFor();
    await alice.api.post("/auth/logout-all");
    await page.getByText("You have been logged out.", { exact: false }).waitFor();
    await context.unroute("**/tweet/*");
    for (const who of [bob, alice]) {
      await page.getByLabel("Username").fill(who.username);
      await page.getByLabel("Password").fill("correct horse battery");
      await page.getByRole("button", { name: "Log in" }).click();
      await page.getByRole("heading", { name: "Home" }).waitFor();
      if (who === alice) break;
      await write(page, "By Bob");
      await page.getByRole("feed").getByText("By Bob").waitFor();
      expect(await page.getByText("By Alice").count()).toBe(0);
      await page.goto(`${starling.url}/settings`);
      await page.getByRole("button", { name: "Log out", exact: true }).click();
      await page.getByRole("button", { name: "Sign up" }).waitFor();
      await page.goto(`${starling.url}/login`);
    }
    await page.getByRole("feed").getByText("By Alice").waitFor();
    expect(await textsOn(page)).toEqual(["By Alice"]);
    expect(await tweetsOf(bob)).toEqual(["By Bob"]);
  });

  it("lose no word if another version of the tweet was sent under their key", async () => {
    const { alice } = await starling.cast("alice");
    const { page, context, expectComplaints } = await visit(starling.url, alice);
    expectComplaints(EXPECTED.offline, EXPECTED.conflict, /ERR_FAILED/);
    let key = "";
    await context.route("**/tweet/*", async (route) => {
      if (key !== "") return route.fallback();
      key = new URL(route.request().url()).pathname.slice("/tweet/".length);
      await route.abort();
    });
    await write(page, "This version");
    await eventually(() => expect(key).not.toBe(""));
    await alice.api.post(`/tweet/${key}`, { text: "Another version" });
    await page.getByText("Another version of this tweet was sent already.", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await sendTweet(page);
    await eventually(async () => expect(await tweetsOf(alice)).toEqual(["This version", "Another version"]));
  });
});
