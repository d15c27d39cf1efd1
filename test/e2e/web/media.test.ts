import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { eventually, type Tweet, useStarling } from "../../helper.ts";
import type { Media } from "../../../contract/shapes.ts";
import { flatPng } from "../../support/bombs.ts";
import { accessibilityViolations, shoot, WINDOWS } from "../../support/browser.ts";
import { animation, playableMp4, WEBM } from "../../support/files.ts";
import { upload } from "../../support/uploads.ts";
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

  it("says that its pictures have descriptions, and shows one after the other at a swipe", async () => {
    const { alice } = await starling.cast("alice");
    const alts = ["A red field", "A green field", "A blue field", ""];
    const media: string[] = [];
    for (const [index, alt] of alts.entries()) media.push((await upload(alice, pictures[index]!.buffer, { alt })).id);
    await alice.tweet("Fields", { media });
    const phone = { viewport: WINDOWS.phone, hasTouch: true, isMobile: true };
    const { page, context } = await visit(starling.url, alice, `/user/${alice.username}`, phone);
    const marks = page.getByRole("button", { name: "ALT: description of the picture" });
    await marks.first().waitFor();
    expect(await marks.count()).toBe(3);
    await eventually(async () => expect(await allLoaded(page)).toBe(true));
    await shoot(page, "web-alt-marks");
    await marks.nth(1).tap();
    const description = page.getByRole("dialog", { name: "Description of the picture" });
    await description.getByText("A green field").waitFor();
    await shoot(page, "web-alt-open");
    await description.getByRole("button", { name: "Close" }).tap();
    await description.waitFor({ state: "detached" });

    await page.getByRole("button", { name: "A red field" }).tap();
    const shown = (place: string) =>
      page.getByRole("dialog", { name: `Picture ${place}` }).getByText(place, { exact: true });
    await shown("1 of 4").waitFor();
    // The description does not hide the foot of the picture.
    const [picture, text] = [page.locator(".lightbox img"), page.locator(".lightbox-alt")];
    const [above, below] = [(await picture.boundingBox())!, (await text.boundingBox())!];
    expect(above.y + above.height).toBeLessThanOrEqual(below.y);
    await shoot(page, "web-lightbox");
    const touch = await context.newCDPSession(page);
    const swipe = async (from: number, to: number) => {
      const point = (x: number) => ({ touchPoints: [{ x, y: 300 }] });
      await touch.send("Input.dispatchTouchEvent", { type: "touchStart", ...point(from) });
      for (const part of [0.25, 0.5, 0.75, 1]) {
        await touch.send("Input.dispatchTouchEvent", { type: "touchMove", ...point(from + (to - from) * part) });
      }
      await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    };
    await swipe(280, 80);
    await shown("2 of 4").waitFor();
    await swipe(280, 80);
    await shown("3 of 4").waitFor();
    await swipe(80, 280);
    await shown("2 of 4").waitFor();
    expect(await accessibilityViolations(page)).toEqual([]);
    await swipe(80, 280);
    await shown("1 of 4").waitFor();
    // Nothing stands before the first one.
    await swipe(80, 280);
    await swipe(280, 260);
    await shown("1 of 4").waitFor();
  });

  it.each([
    ["video/webm", WEBM],
    // With positions in its metadata and in a track of its own, which the server erases.
    ["video/mp4", playableMp4("+52.5200+013.4050/")],
    ["video/quicktime", playableMp4("+52.5200+013.4050/", { brand: "qt  " })],
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

  it("shows a frame of its video as the poster, and no bars beside a portrait one", async () => {
    const { alice } = await starling.cast("alice");
    const { page } = await visit(starling.url, alice, "/", { viewport: WINDOWS.phone });
    await pick(page, { name: "wave.mp4", mimeType: "video/mp4", buffer: playableMp4("", { shape: [1, 2] }) });
    await page.getByRole("list", { name: "Attachments" }).locator("video").waitFor();
    await send(page);
    const video = page.getByRole("feed").locator("video[controls]");
    await video.waitFor();
    const [tweet] = (await alice.api.get<{ tweets: Tweet[] }>("/user")).body.tweets;
    const [media] = tweet!.media as Media[];
    expect([media!.width, media!.height, media!.placeholder]).toEqual([64, 96, expect.stringMatching(/^data:image/)]);
    expect(await video.getAttribute("poster")).toContain("/preview");
    // The video of a test shows many colours, where the poster of a video without a frame has few.
    const preview = await fetch(media!.previewUrl.replace(/^https?:..[^/]*/, starling.url));
    const { entropy } = await sharp(Buffer.from(await preview.arrayBuffer())).stats();
    expect(entropy).toBeGreaterThan(2);
    const box = (await video.boundingBox())!;
    expect(box.width / box.height).toBeCloseTo(64 / 96, 2);
    await shoot(page, "web-portrait-video");
    expect(await accessibilityViolations(page)).toEqual([]);
  });

  it("tells the limits before it sends anything", async () => {
    const { alice } = await starling.cast("alice");
    const { page } = await visit(starling.url, alice);
    let uploads = 0;
    page.on("request", (request) => (uploads += request.url().endsWith("/media") ? 1 : 0));
    const moving = await animation("gif", 2001, 8);
    const cases: [string, string, Buffer, string][] = [
      [
        "huge.png",
        "image/png",
        flatPng(11_000, 11_000),
        "This picture has 121 million pixels, but at most 120 million",
      ],
      ["long.gif", "image/gif", moving, "This picture has 2001 frames, but at most 2000"],
      ["large.jpg", "image/jpeg", Buffer.alloc(11 * 2 ** 20), "Pictures can be up to 10 MB."],
      ["phone.heic", "image/heic", Buffer.alloc(1000), "This browser can't read HEIC pictures: save it as JPEG."],
    ];
    for (const [name, mimeType, buffer, message] of cases) {
      await pick(page, { name, mimeType, buffer });
      await page.getByText(message, { exact: false }).waitFor();
    }
    expect(uploads).toBe(0);
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
