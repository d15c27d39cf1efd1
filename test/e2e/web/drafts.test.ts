import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { eventually, type Person, useStarling } from "../../helper.ts";
import { accessibilityViolations, shoot, WINDOWS } from "../../support/browser.ts";
import { pick, sendTweet, textField } from "../../support/composer.ts";
import { EXPECTED, textsOn, untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();
const PASSWORD = "correct horse battery";
let picture: { name: string; mimeType: string; buffer: Buffer };

beforeAll(async () => {
  const create = { width: 60, height: 40, channels: 3 as const, background: "#36c" };
  picture = { name: "blue.png", mimeType: "image/png", buffer: await sharp({ create }).png().toBuffer() };
});

const expectText = (page: Page, text: string) =>
  eventually(async () => expect(await textField(page).inputValue()).toBe(text));

async function logIn(page: Page, who: Person): Promise<void> {
  await page.getByLabel("Username").fill(who.username);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { name: "Home" }).waitFor();
}

/** Has the server refuse the tweets with these texts. */
async function refuse(page: Page, ...texts: string[]): Promise<void> {
  await page.context().route("**/tweet/*", async (route) => {
    const { text } = (route.request().postDataJSON() ?? {}) as { text?: string };
    if (route.request().method() !== "POST" || !texts.includes(text ?? "")) return route.fallback();
    await route.fulfill({ status: 422, json: { status: 422, code: "VALIDATION_ERROR", detail: "Not today." } });
  });
}

describe("the text that is being written", () => {
  it("is kept when a refused tweet is edited, and comes back", async () => {
    const { alice } = await starling.cast("alice");
    const { page, expectComplaints } = await visit(starling.url, alice);
    expectComplaints(/status of 422/);
    await refuse(page, "Refused");
    await textField(page).fill("Refused");
    await sendTweet(page);
    await page.getByText("Not sent. Not today.").waitFor();
    await textField(page).fill("Another text");
    await pick(page, picture);
    await page.getByRole("button", { name: "Remove picture 1" }).waitFor();
    await page.getByRole("button", { name: "Edit", exact: true }).click();
    await expectText(page, "Refused");
    await page.getByText("Not sent.").waitFor({ state: "detached" });
    // A way back at once: the list of drafts.
    await page.getByRole("dialog").getByRole("button", { name: "1 draft" }).click();
    await page.getByRole("dialog", { name: "Drafts" }).getByText("Another text").waitFor();
    await shoot(page, "web-drafts");
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Another text", exact: true }).click();
    await expectText(page, "Another text");
    await page.getByRole("dialog").getByRole("button", { name: "Remove picture 1" }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "1 draft" }).click();
    await page.getByRole("button", { name: "Refused", exact: true }).click();
    await expectText(page, "Refused");
    // Once the edited tweet is sent, the other text is in the composer again, also after a reload.
    await textField(page).fill("Accepted");
    await sendTweet(page);
    await page.getByRole("feed").getByText("Accepted").waitFor();
    await expectText(page, "Another text");
    await page.reload();
    await expectText(page, "Another text");
    await page.getByRole("button", { name: "Remove picture 1" }).waitFor();
    expect(await page.getByRole("button", { name: /draft/ }).count()).toBe(0);
  });

  it("is back, with pictures, descriptions and place, when its author logs in again, and nobody else sees it", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    const { page, context, expectComplaints } = await visit(starling.url, alice, "/", {
      geolocation: { latitude: 58.5, longitude: 13.2 },
      permissions: ["geolocation"],
    });
    expectComplaints(EXPECTED.unauthorized);
    await untilLive(page);
    await textField(page).fill("Half a thought");
    await pick(page, picture);
    await page.getByRole("button", { name: "Alt text for picture 1" }).click();
    await page.getByRole("textbox", { name: "Description of picture 1" }).fill("A blue field");
    await page.getByRole("button", { name: "Add your location" }).click();
    await page.getByRole("textbox", { name: "Name of the place" }).fill("Lake Vänern");

    await alice.api.post("/auth/logout-all");
    await page.getByText("You have been logged out.", { exact: false }).waitFor();
    await shoot(page, "web-session-ended");
    expect(await accessibilityViolations(page)).toEqual([]);
    await page.reload();
    await page.getByText("You have been logged out.", { exact: false }).waitFor();
    await logIn(page, bob);
    await textField(page).waitFor();
    await page.getByText("Nothing here yet").waitFor();
    expect(await textField(page).inputValue()).toBe("");
    expect(await page.getByRole("button", { name: /Remove picture|draft/ }).count()).toBe(0);
    await textField(page).fill("Written by Bob");

    await page.goto(`${starling.url}/settings`);
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await page.getByRole("button", { name: "Sign up" }).waitFor();
    expect(await page.getByText("You have been logged out.", { exact: false }).count()).toBe(0);
    await page.goto(`${starling.url}/login`);
    await logIn(page, alice);
    await expectText(page, "Half a thought");
    const alt = page.getByRole("textbox", { name: "Description of picture 1" });
    await page.getByRole("button", { name: "Alt text for picture 1" }).click();
    await eventually(async () => expect(await alt.inputValue()).toBe("A blue field"));
    expect(await page.getByRole("textbox", { name: "Name of the place" }).inputValue()).toBe("Lake Vänern");

    // A window of its own, too: the one that had it is closed.
    await page.close();
    const later = await context.newPage();
    await later.goto(starling.url);
    await expectText(later, "Half a thought");
    await later.getByRole("button", { name: "Remove picture 1" }).waitFor();
    await sendTweet(later);
    await later.getByRole("feed").getByText("Half a thought").waitFor();
    await later.getByText("Lake Vänern").waitFor();
    await later.getByRole("img", { name: "A blue field" }).waitFor();
  });

  it("belongs to its window, and is found again when the window has been closed", async () => {
    const { alice } = await starling.cast("alice");
    const first = await visit(starling.url, alice);
    const [one, context] = [first.page, first.context];
    await textField(one).fill("From the first window");
    const two = await context.newPage();
    await two.goto(starling.url);
    await untilLive(two);
    expect(await textField(two).inputValue()).toBe("");
    await textField(two).fill("From the second window");
    await one.reload();
    await expectText(one, "From the first window");
    await sendTweet(one);
    await two.getByRole("feed").getByText("From the first window").waitFor();
    await two.reload();
    await expectText(two, "From the second window");
    expect(await textField(one).inputValue()).toBe("");
    await textField(one).fill("Third");
    await one.close();
    // The list of an open window shows what a closed one has left.
    await two.getByRole("button", { name: "1 draft" }).click();
    await two.getByRole("dialog", { name: "Drafts" }).getByText("Third").waitFor();
    await two.close();

    const later = await context.newPage();
    await later.goto(starling.url);
    await eventually(async () => expect(await textField(later).inputValue()).not.toBe(""));
    const taken = await textField(later).inputValue();
    await later.getByRole("button", { name: "1 draft" }).click();
    const other = taken === "Third" ? "From the second window" : "Third";
    await later.getByRole("button", { name: `Delete the draft: ${taken}` }).waitFor({ state: "detached" });
    await later.getByRole("button", { name: `Delete the draft: ${other}` }).click();
    await later.getByText("No more drafts").waitFor();
    await later.reload();
    await expectText(later, taken);
    expect(await textsOn(later)).toEqual(["From the first window"]);
  });

  it("does not stay in a window that was opened as a copy, once it is sent", async () => {
    const { alice } = await starling.cast("alice");
    const { page, context } = await visit(starling.url, alice, "/", { viewport: WINDOWS.desktop });
    await textField(page).fill("Once");
    const opened = context.waitForEvent("page");
    // A browser copies the session storage, as it does for "Duplicate tab".
    await page.evaluate("void window.open('/')");
    const copy = await opened;
    await eventually(async () => expect(await textField(copy).inputValue()).toBe(""));
    await sendTweet(page);
    await copy.getByRole("feed").getByText("Once").waitFor();
    await copy.reload();
    await untilLive(copy);
    expect(await textField(copy).inputValue()).toBe("");
  });
});
