import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { eventually, useStarling } from "../../helper.ts";
import { accessibilityViolations, shoot, WINDOWS } from "../../support/browser.ts";
import { pick, sendTweet, textField } from "../../support/composer.ts";
import { untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();
let picture: { name: string; mimeType: string; buffer: Buffer };

beforeAll(async () => {
  const create = { width: 60, height: 40, channels: 3 as const, background: "#36c" };
  picture = { name: "blue.png", mimeType: "image/png", buffer: await sharp({ create }).png().toBuffer() };
});

const PLACE = { geolocation: { latitude: 58.5, longitude: 13.2 }, permissions: ["geolocation"] };
/** Holds every single-key shortcut: as such they would open dialogs and leave the screen. */
const LETTERS = " jkl now g h?";

async function expectText(page: Page, text: string): Promise<void> {
  await eventually(async () => expect(await textField(page).inputValue()).toBe(text));
  expect(new URL(page.url()).pathname).toBe("/");
}

describe("letters typed in the composer", () => {
  it.each(["page", "dialog"])("are never lost or taken as shortcuts in the %s's composer", async (where) => {
    const { alice } = await starling.cast("alice");
    const { page } = await visit(starling.url, alice, "/", PLACE);
    await untilLive(page);
    if (where === "dialog") await page.keyboard.press("n");
    await textField(page).click();
    await page.keyboard.type("Look:");
    let text = "Look:";
    const typeOn = async () => {
      await page.keyboard.type(LETTERS);
      text += LETTERS;
      await expectText(page, text);
    };
    await pick(page, picture);
    await typeOn();
    await page.getByRole("button", { name: "Remove picture 1" }).last().waitFor();
    await typeOn();
    await page.getByRole("button", { name: "Add your location" }).last().click();
    await typeOn();
    await page.getByRole("button", { name: "Remove the location" }).last().click();
    await typeOn();

    const alt = page.getByRole("button", { name: "Alt text for picture 1" }).last();
    await alt.click();
    await page.keyboard.type("A blue field");
    const description = page.getByRole("textbox", { name: "Description of picture 1" }).last();
    expect(await description.inputValue()).toBe("A blue field");
    await alt.click();
    await page.keyboard.type("n");
    text += "n";
    await expectText(page, text);
    await page.getByRole("button", { name: "Remove picture 1" }).last().click();
    await typeOn();
    await sendTweet(page);
    await page.getByRole("feed").getByText("Look:", { exact: false }).waitFor();
    if (where === "dialog") return;
    await page.keyboard.type("next");
    await expectText(page, "next");
    expect(await page.getByRole("dialog").count()).toBe(0);
  });
});

describe("a text that is too long", () => {
  it.each([
    ["letters", "a".repeat(280), "bc"],
    ["emoji of several characters", "👨‍👩‍👧‍👦".repeat(140), "🏳️‍🌈!"],
    ["letters that are composed when they are sent", "e\u0301".repeat(280), "e\u0301nd"],
    ["a URL that does not fit", `${"a".repeat(270)} `, `https://example.com/${"p".repeat(60)}`],
    ["a URL that fits", `https://example.com/${"p".repeat(300)} ${"a".repeat(256)}`, " and more"],
  ])("has its end marked: %s", async (_, fits, over) => {
    const { alice } = await starling.cast("alice");
    const { page } = await visit(starling.url, alice);
    await textField(page).fill(fits);
    expect(await page.locator(".overflow-marks").count()).toBe(0);
    await textField(page).fill(fits + over);
    const mark = page.locator(".overflow-marks mark");
    await mark.waitFor();
    expect(await mark.textContent()).toBe(over);
  });

  it.each(Object.entries(WINDOWS))("has its marks where the text is, on a %s", async (window, viewport) => {
    const { alice } = await starling.cast("alice");
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await visit(starling.url, alice, "/", { viewport, colorScheme });
      await page.getByText("Nothing here yet").waitFor();
      const sentence = "The starlings are over the reed beds again tonight. ";
      await textField(page).fill(`${sentence.repeat(6)}\n\nمرحبا بكم\n${sentence}`);
      await page.locator(".overflow-marks mark").last().waitFor();
      const heights = await page.evaluate<number[]>(
        `[...document.querySelectorAll(".overflow-marks, .overflow-marks + textarea")].slice(-2).map((e) => e.scrollHeight)`,
      );
      expect(heights[0]).toBe(heights[1]);
      await shoot(page, `web-overflow-${window}-${colorScheme}`);
      expect(await accessibilityViolations(page)).toEqual([]);
    }
  });
});
