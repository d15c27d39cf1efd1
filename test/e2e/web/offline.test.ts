import { rm } from "node:fs/promises";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type StartedServer, startServer } from "../../../dev/start.ts";
import { createCast, eventually, temporaryFolder } from "../../helper.ts";
import { EXPECTED, textsOn, untilLive, useBrowser } from "../../support/web.ts";

const { visit } = useBrowser();
/** More tweets than one answer to `sync` holds. */
const MISSED = 230;

/** A server that tests can kill and restart with the same data and port. */
let folder: string;
let server: StartedServer;
const start = (port = "0") => startServer({ DATA_DIR: folder, RATE_LIMIT_SCALE: "1000000", PORT: port });

beforeEach(async () => {
  folder = await temporaryFolder();
  server = await start();
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function restart(): Promise<void> {
  server = await start(new URL(server.url).port);
}

/** The files that the page has loaded. */
const FILES = "performance.getEntriesByType('resource').map(({ name }) => name).join(' ')";

describe("a broken connection", () => {
  it("loses and duplicates nothing, for readers and writers", async () => {
    const { alice, bob } = await createCast(server.url, "alice", "bob");
    await alice.follow(bob);
    await bob.tweet("Before");
    const reader = await visit(server.url, alice);
    const { page, expectComplaints } = reader;
    expectComplaints(EXPECTED.offline);
    await page.getByText("Before").waitFor();
    await untilLive(page);
    // Code that shows unsent tweets is loaded after the connection is made.
    await eventually(async () => expect(await page.evaluate(FILES)).toMatch(/\/outgoing-/));

    await server.stop("SIGKILL");
    await page.getByText("Connection lost.", { exact: false }).waitFor();
    const field = page.getByRole("textbox", { name: "What is happening?" });
    for (const text of ["Written in the dark, one", "Written in the dark, two"]) {
      await field.fill(text);
      await page.getByRole("button", { name: "Tweet", exact: true }).last().dblclick();
    }
    await page.getByText("Waiting for a connection.", { exact: false }).first().waitFor();

    await restart();
    for (const number of [1, 2, 3]) await bob.tweet(`Meanwhile ${number}`);
    await untilLive(page);
    const expected = ["Before", ...[1, 2, 3].map((number) => `Meanwhile ${number}`)];
    expected.push("Written in the dark, one", "Written in the dark, two");
    await eventually(async () => expect((await textsOn(page)).sort()).toEqual(expected.sort()));
    const { body } = await alice.api.get<{ tweets: { text: string }[] }>("/feed");
    expect(await textsOn(page)).toEqual(body.tweets.map(({ text }) => text));
    await page.getByText("Connection lost.", { exact: false }).waitFor({ state: "detached" });
  });

  it("keeps an unsent tweet, even when the window is closed and opened again", async () => {
    const { alice } = await createCast(server.url, "alice");
    const { page, context, expectComplaints } = await visit(server.url, alice);
    expectComplaints(EXPECTED.offline);
    await page.getByRole("textbox", { name: "What is happening?" }).waitFor();
    await untilLive(page);
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    await server.stop("SIGKILL");
    await page.getByRole("textbox", { name: "What is happening?" }).fill("Sent after all");
    await page.getByRole("button", { name: "Tweet", exact: true }).last().click();
    await page.getByText("Waiting for a connection.", { exact: false }).waitFor();
    await page.close();

    await restart();
    const again = await context.newPage();
    await again.goto(server.url);
    await eventually(async () => expect(await textsOn(again)).toEqual(["Sent after all"]));
    await again.reload();
    await eventually(async () => expect(await textsOn(again)).toEqual(["Sent after all"]));
  });

  it("creates a tweet once if the answer is lost, or if another window sends it too", async () => {
    const { alice } = await createCast(server.url, "alice");
    const { page, context, expectComplaints } = await visit(server.url, alice);
    expectComplaints(EXPECTED.offline, EXPECTED.conflict, /ERR_FAILED/);
    await page.getByRole("textbox", { name: "What is happening?" }).waitFor();
    let lost = 0;
    // The request arrives and gets no answer, as from a server that dies after the write.
    await context.route("**/tweet/*", async (route) => {
      if (route.request().method() !== "POST" || lost > 0) return route.fallback();
      lost++;
      await route.fetch();
      await route.abort();
    });
    await page.getByRole("textbox", { name: "What is happening?" }).fill("Once");
    await page.getByRole("button", { name: "Tweet", exact: true }).last().click();
    await page.getByRole("feed").getByText("Once").waitFor();
    expect(lost).toBe(1);

    await context.setOffline(true);
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Add pictures or a video" }).last().click();
    const create = { width: 60, height: 40, channels: 3 as const, background: "#36c" };
    const buffer = await sharp({ create }).png().toBuffer();
    await (await chooser).setFiles([{ name: "blue.png", mimeType: "image/png", buffer }]);
    await page.getByRole("textbox", { name: "What is happening?" }).fill("Twice sent");
    await page.getByRole("button", { name: "Tweet", exact: true }).last().click();
    await page.getByText("Waiting for a connection.", { exact: false }).waitFor();
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    const other = await context.newPage();
    await other.goto(server.url);
    await other.getByText("Twice sent").waitFor();
    await context.setOffline(false);
    for (const window of [page, other]) {
      await eventually(async () => expect(await textsOn(window)).toEqual(["Twice sent", "Once"]), 40_000);
      await window.getByText(/Waiting for a connection|Sending|Not sent/).waitFor({ state: "detached" });
    }
    const { body } = await alice.api.get<{ tweets: { text: string }[] }>("/user");
    expect(body.tweets.map(({ text }) => text)).toEqual(["Twice sent", "Once"]);
  });

  it("catches up with more tweets than one answer holds", async () => {
    const { alice, bob } = await createCast(server.url, "alice", "bob");
    await alice.follow(bob);
    await bob.tweet("Before");
    const { page, context, expectComplaints } = await visit(server.url, alice);
    expectComplaints(EXPECTED.offline);
    await page.getByText("Before").waitFor();
    await untilLive(page);
    await context.setOffline(true);
    await page.getByText("You're offline.", { exact: false }).waitFor();
    const texts = Array.from({ length: MISSED }, (_, index) => `Meanwhile ${index + 1}`);
    for (const text of texts) await bob.tweet(text);
    await context.setOffline(false);
    await page.getByRole("feed").getByText(`Meanwhile ${MISSED}`, { exact: true }).waitFor({ timeout: 30_000 });
    const seen: string[] = [];
    await page.mouse.move(600, 400);
    await eventually(async () => {
      for (const text of await textsOn(page)) if (!seen.includes(text)) seen.push(text);
      await page.mouse.wheel(0, 900);
      expect(seen.length).toBe(MISSED + 1);
    }, 60_000);
    expect(seen).toEqual([...texts.toReversed(), "Before"]);
  });

  it("opens with the stored feed while the server is down", async () => {
    const { alice } = await createCast(server.url, "alice");
    await alice.tweet("Read me on the train");
    const { page, expectComplaints } = await visit(server.url, alice);
    expectComplaints(EXPECTED.offline);
    await page.getByText("Read me on the train").waitFor();
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    await eventually(async () =>
      expect(await page.evaluate("localStorage.getItem('starling:feed')")).toContain("train"),
    );
    await server.stop("SIGKILL");
    await page.reload();
    await page.getByText("Read me on the train").waitFor();
    await page.getByText("Connection lost.", { exact: false }).waitFor();
    await restart();
    await untilLive(page);
    expect(await textsOn(page)).toEqual(["Read me on the train"]);
  });

  it("keeps the draft after a reload", async () => {
    const { alice } = await createCast(server.url, "alice");
    const { page } = await visit(server.url, alice);
    await page.getByRole("textbox", { name: "What is happening?" }).fill("Half a thought");
    await page.reload();
    await eventually(async () => {
      expect(await page.getByRole("textbox", { name: "What is happening?" }).inputValue()).toBe("Half a thought");
    });
  });
});
