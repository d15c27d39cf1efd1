import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { eventually, type Tweet, useStarling } from "../../helper.ts";
import { accessibilityViolations, shoot } from "../../support/browser.ts";
import { playableMp4, WEBM } from "../../support/files.ts";
import { untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();

interface File {
  name: string;
  mimeType: string;
  buffer: Buffer;
}
let pictures: File[];

beforeAll(async () => {
  pictures = await Promise.all(
    ["#c43", "#3a6", "#36c", "#c93", "#93c"].map(async (background, index) => {
      const create = { width: 600 + index * 100, height: 400, channels: 3 as const, background };
      return { name: `${index}.png`, mimeType: "image/png", buffer: await sharp({ create }).png().toBuffer() };
    }),
  );
});

/** Picks files through the file chooser. */
async function pick(page: Page, ...files: File[]): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Add pictures or a video" }).last().click();
  await (await chooser).setFiles(files);
}

const allLoaded = (page: Page) =>
  page.evaluate<boolean>("[...document.images].every((image) => image.naturalWidth > 0)");

const send = (page: Page) => page.getByRole("button", { name: "Tweet", exact: true }).last().click();

describe("a tweet with pictures", () => {
  it("appears live in another window, with alt texts and sizes known before loading", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const writer = await visit(starling.url, alice);
    const reader = await visit(starling.url, bob);
    await untilLive(reader.page);
    const { page } = writer;
    await page.getByRole("textbox", { name: "What is happening?" }).fill("Look!");
    await pick(page, pictures[0]!, pictures[1]!);
    await page.getByRole("button", { name: "Alt text for picture 1" }).click();
    await page.getByRole("textbox", { name: "Description of picture 1" }).fill("A red field");
    await send(page);
    await page.getByRole("feed").getByText("Look!").waitFor();

    const picture = reader.page.getByRole("img", { name: "A red field" });
    await picture.waitFor();
    expect([await picture.getAttribute("width"), await picture.getAttribute("height")]).toEqual(["600", "400"]);
    await eventually(async () => expect(await allLoaded(reader.page)).toBe(true));
    await shoot(reader.page, "web-pictures");
    await reader.page.getByRole("button", { name: "A red field" }).click();
    await reader.page.getByRole("dialog", { name: "Picture 1 of 2" }).waitFor();
    expect(await accessibilityViolations(reader.page)).toEqual([]);
    await reader.page.keyboard.press("ArrowRight");
    await reader.page.getByRole("dialog", { name: "Picture 2 of 2" }).waitFor();
    await reader.page.keyboard.press("Escape");
    await reader.page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("takes up to four, even pasted or dropped ones, and explains why it refuses a fifth", async () => {
    const { alice } = await starling.cast("alice");
    const window = await visit(starling.url, alice);
    const { page } = window;
    await pick(page, pictures[0]!, pictures[1]!);
    const attachments = page.getByRole("list", { name: "Attachments" }).getByRole("listitem");
    await eventually(async () => expect(await attachments.count()).toBe(2));
    for (const [index, event] of [
      [2, "paste"],
      [3, "drop"],
    ] as const) {
      const base64 = pictures[index]!.buffer.toString("base64");
      await page.evaluate(`(() => {
        const bytes = Uint8Array.from(atob("${base64}"), (letter) => letter.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], "${index}.png", { type: "image/png" }));
        const field = document.querySelector(".composer textarea");
        const options = { bubbles: true, cancelable: true };
        field.dispatchEvent("${event}" === "paste"
          ? new ClipboardEvent("paste", { ...options, clipboardData: data })
          : new DragEvent("drop", { ...options, dataTransfer: data }));
      })()`);
      await eventually(async () => expect(await attachments.count()).toBe(index + 1));
    }
    await pick(page, pictures[4]!);
    await page.getByText("A tweet can have up to four pictures.").waitFor();
    await page.getByRole("button", { name: "Remove picture 2" }).click();
    await eventually(async () => expect(await attachments.count()).toBe(3));
    await page.reload();
    // The draft keeps its pictures.
    await eventually(async () => expect(await attachments.count()).toBe(3));
    await shoot(page, "web-compose-pictures");
    expect(await accessibilityViolations(page)).toEqual([]);
    await send(page);
    await eventually(async () => {
      const { tweets } = (await alice.api.get<{ tweets: Tweet[] }>("/user")).body;
      expect(tweets.map(({ media }) => (media as { width: number }[]).map(({ width }) => width))).toEqual([
        [600, 800, 900],
      ]);
    });
    await page.getByRole("feed").locator(".media-3").waitFor();
    await eventually(async () => expect(await attachments.count()).toBe(0));
  });

  it.each([
    ["video/webm", WEBM],
    // With positions in its metadata and in a track of its own, which the server erases.
    ["video/mp4", playableMp4("+52.5200+013.4050/")],
  ])("can have a video instead, which plays in the feed: %s", async (mimeType, buffer) => {
    const { alice } = await starling.cast("alice");
    const window = await visit(starling.url, alice);
    const { page } = window;
    await pick(page, { name: "wave", mimeType, buffer });
    await page.getByRole("textbox", { name: "What is happening?" }).fill("Moving");
    await send(page);
    const video = page.getByRole("feed").locator("video[controls]");
    await video.waitFor();
    await eventually(async () =>
      expect(await page.evaluate("document.querySelector('.feed video').readyState")).toBeGreaterThan(0),
    );
    expect(await video.getAttribute("poster")).toContain("/preview");
    const inFeed = "document.querySelector('.feed video')";
    await page.evaluate(`${inFeed}.play()`);
    await eventually(async () => expect(await page.evaluate(`${inFeed}.currentTime`)).toBeGreaterThan(0));
    const src = await page.evaluate<string>(`${inFeed}.currentSrc`);
    const served = Buffer.from(await (await fetch(src)).arrayBuffer());
    expect([served.length, served.includes("13.4")]).toEqual([buffer.length, false]);
  });

  it("refuses other files; a profile takes a new picture", async () => {
    const { alice } = await starling.cast("alice");
    const window = await visit(starling.url, alice);
    const { page } = window;
    await pick(page, { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("Hello") });
    await page.getByText("This file type isn't supported.", { exact: false }).waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Change picture" }).click();
    await (await chooser).setFiles([pictures[3]!]);
    await page.getByText("Picture updated").waitFor();
    await page.locator("img.avatar.large").waitFor();
    await eventually(async () => {
      expect(await allLoaded(page)).toBe(true);
    });
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.locator("img.avatar.large").waitFor({ state: "detached" });
  });
});
