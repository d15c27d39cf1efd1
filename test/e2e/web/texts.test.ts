// What the client reads in a text and how it counts, beside what the server does.
import { describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { eventually, type Tweet, useStarling } from "../../helper.ts";
import { gradient } from "../../support/files.ts";
import { shoot } from "../../support/browser.ts";
import { useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();

const AT_HOME = { permissions: ["geolocation"], geolocation: { latitude: 58.9, longitude: 13.5 } };
/** A character that takes two UTF-16 units, which is what a browser's `maxlength` counts. */
const FOX = "🦊";

/** The links and the marked tags of a text, each as it is shown and with where it leads. */
async function linksIn(page: Page, selector: string): Promise<(string | null)[][]> {
  const links = await page.locator(`${selector} :is(a, [class$=tag])`).all();
  return Promise.all(links.map(async (link) => [await link.textContent(), await link.getAttribute("href")]));
}

describe("a text", () => {
  it("has the same links in the client, on the share page, in oEmbed and for notifications", async () => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    const text = [
      `http://localhost:3000/@${bob.username}`,
      `example.com/@${bob.username} http://[::1]/`,
      `RT@${carol.username}/list #می‌خواهم #il·lusió`,
    ].join("\n");
    const expected = [
      [`localhost:3000/@${bob.username}`, `http://localhost:3000/@${bob.username}`],
      [`example.com/@${bob.username}`, `https://example.com/@${bob.username}`],
      ["[::1]/", "http://[::1]/"],
      [`@${carol.username}`, `/user/${carol.username}`],
      ["#می‌خواهم", null],
      ["#il·lusió", null],
    ].map(([shown, href]) => [shown!.length > 40 ? `${shown!.slice(0, 39)}…` : shown, href]);
    const tweet = await alice.tweet(text);

    const client = await visit(starling.url, alice, `/tweet/${tweet.id}`);
    await client.page.locator(".one-text").waitFor();
    expect(await linksIn(client.page, ".one-text")).toEqual(expected);
    const shared = await visit(starling.url, null, `/tweet/${tweet.id}`, { javaScriptEnabled: false });
    expect(await linksIn(shared.page, ".share-text")).toEqual(expected);
    const embedded = await alice.api.get<{ html: string }>(`/oembed?url=${encodeURIComponent(tweet.url)}`);
    const hrefs = Array.from(embedded.body.html.matchAll(/<a dir="ltr" href="([^"]*)"/g), ([, href]) => href);
    expect(hrefs.map((href) => href!.replace(new URL(tweet.url).origin, ""))).toEqual(
      expected.flatMap(([, href]) => href ?? []),
    );
    const noticesOf = async (person: typeof bob) =>
      (await person.api.get<{ notifications: { tweet?: Tweet }[] }>("/notifications")).body.notifications;
    await eventually(async () => expect(await noticesOf(carol)).toMatchObject([{ tweet: { id: tweet.id } }]));
    expect(await noticesOf(bob)).toEqual([]);
  });
});

/** For each line of a text: the side of the element at which it begins. */
function sidesOf(page: Page, selector: string): Promise<string[]> {
  return page.evaluate(`(() => {
    const element = document.querySelector(${JSON.stringify(selector)});
    const outer = element.getBoundingClientRect();
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const sides = [];
    while (walker.nextNode()) {
      for (const { 0: line, index } of walker.currentNode.data.matchAll(/[^\\n]+/g)) {
        const range = document.createRange();
        range.setStart(walker.currentNode, index);
        range.setEnd(walker.currentNode, index + line.length);
        const { left, right } = range.getBoundingClientRect();
        sides.push(Math.abs(left - outer.left) < 2 ? "left" : Math.abs(right - outer.right) < 2 ? "right" : "?");
      }
    }
    return sides;
  })()`);
}

describe("a text of several languages", () => {
  const MIXED = "My week:\nשבוע טוב!\nأسبوع جميل.\nthe end";

  it("begins each line at its own side, in the client, on the share page and in a bio", async () => {
    const { alice } = await starling.cast("alice");
    const tweet = await alice.tweet(MIXED);
    await alice.api.patch("/user", { bio: MIXED });
    const sides = ["left", "right", "right", "left"];
    const { page } = await visit(starling.url, alice, `/user/${alice.username}`);
    await page.locator(".tweet-text").waitFor();
    for (const selector of [".tweet-text", ".profile-bio"]) expect(await sidesOf(page, selector)).toEqual(sides);
    const shared = await visit(starling.url, null, `/tweet/${tweet.id}`, { javaScriptEnabled: false });
    expect(await sidesOf(shared.page, ".share-text")).toEqual(sides);
  });
});

describe("a high text", () => {
  it("takes little room in lists, and unfolds", async () => {
    const { alice } = await starling.cast("alice");
    await alice.tweet(`a${"\n".repeat(200)}b`);
    await alice.tweet(Array.from({ length: 35 }, (_, n) => `line ${n + 1}`).join("\n"));
    const { page } = await visit(starling.url, alice, `/user/${alice.username}`);
    const [high, blank] = [page.locator(".tweet").first(), page.locator(".tweet").last()];
    await high.getByText("line 9").waitFor();
    expect((await blank.boundingBox())!.height).toBeLessThan(250);
    expect((await high.boundingBox())!.height).toBeLessThan(450);
    expect(await page.getByText("line 35").count()).toBe(0);
    await shoot(page, "folded");
    await high.getByRole("button", { name: "Show more" }).click();
    await high.getByText("line 35").waitFor();
    expect(await page.getByRole("button", { name: "Show more" }).count()).toBe(0);
    // The whole text is on the tweet's own page.
    await high.getByText("line 35").click();
    await page.locator(".one-text").getByText("line 35").waitFor();
  });
});

describe("the fields of the client count as the server does", () => {
  it("in names and bios", async () => {
    const { alice } = await starling.cast("alice");
    const saved = await alice.api.patch("/user", { displayName: FOX.repeat(50), bio: FOX.repeat(160) });
    expect(saved.status).toBe(200);
    const { page } = await visit(starling.url, alice, "/settings");
    const save = page.getByRole("button", { name: "Save" });
    const name = page.getByLabel("Name", { exact: true });
    await page.getByLabel("Bio").fill(`${FOX.repeat(159)}ab`);
    await page.getByText("1 character too many", { exact: true }).waitFor();
    expect(await save.isDisabled()).toBe(true);
    await page.getByLabel("Bio").fill(FOX.repeat(159));
    await page.getByText("1 character left", { exact: true }).waitFor();
    // The server removes what is invisible in a name before it counts.
    await name.fill(`\u200b${FOX.repeat(49)}\u2066a`);
    await page.getByText("0 characters left", { exact: true }).waitFor();
    await save.click();
    await page.getByText("Profile saved").waitFor();
    expect((await alice.api.get("/user")).body).toMatchObject({
      user: { displayName: `${FOX.repeat(49)}a`, bio: FOX.repeat(159) },
    });
  });

  it("in descriptions, names of places and tweets", async () => {
    const { alice } = await starling.cast("alice");
    const { page } = await visit(starling.url, alice, "/", AT_HOME);
    const send = page.getByRole("button", { name: "Tweet", exact: true }).last();
    const text = page.getByRole("textbox", { name: "What is happening?" });
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Add pictures or a video" }).last().click();
    const buffer = await gradient(60, 40).png().toBuffer();
    await (await chooser).setFiles([{ name: "a.png", mimeType: "image/png", buffer }]);
    await page.getByRole("button", { name: "Alt text for picture 1" }).click();
    const alt = page.getByRole("textbox", { name: "Description of picture 1" });
    const lines = `${"a\n".repeat(400)}${FOX.repeat(200)}`;
    await alt.fill(`${lines}b`);
    await page.getByText("1 character too many", { exact: true }).waitFor();
    expect(await send.isDisabled()).toBe(true);
    await alt.fill(lines);
    await page.getByRole("button", { name: "Add your location" }).click();
    const place = page.getByLabel("Name of the place");
    await place.fill(FOX.repeat(101));
    await page.getByText("1 character too many", { exact: true }).waitFor();
    expect(await send.isDisabled()).toBe(true);
    await place.fill(FOX.repeat(100));
    // Enter in a field of one line does not send the tweet.
    await place.press("Enter");
    await text.fill("x".repeat(281));
    await page.getByRole("img", { name: "1 character too many" }).waitFor();
    expect(await send.isDisabled()).toBe(true);
    await text.fill("x".repeat(279));
    await page.getByRole("img", { name: "1 character left" }).waitFor();
    await send.click();
    await page.getByRole("feed").getByText("x".repeat(279)).waitFor();
    await eventually(async () => {
      const { body } = await alice.api.get<{ tweets: Tweet[] }>("/user");
      expect(body.tweets).toMatchObject([{ location: { name: FOX.repeat(100) }, media: [{ alt: lines }] }]);
    });
  });
});
