import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { type Person, useStarling } from "../../helper.ts";
import { shoot, WINDOWS } from "../../support/browser.ts";
import { useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();
const PHONE = { viewport: WINDOWS.phone, hasTouch: true, isMobile: true } as const;
let people: Record<"alice" | "robin", Person>;

beforeAll(async () => {
  people = await starling.cast("alice", "robin");
  const { alice, robin } = people;
  await robin.api.patch("/user", { displayName: "Robin Hoodwink" });
  await alice.follow(robin);
  for (let number = 1; number <= 12; number++) await robin.tweet(`Number ${number} #today`);
});

async function home(options: object): Promise<Page> {
  const { page } = await visit(starling.url, people.alice, "/", options);
  await page.getByText("Number 12").waitFor();
  return page;
}

/** The rectangle of an element (px). */
const boxOf = (page: Page, selector: string) => page.locator(selector).first().boundingBox();

describe("the layout", () => {
  it("gives a tweet no more height than its text and picture of the author need", async () => {
    const page = await home(PHONE);
    const [tweet, face] = [await boxOf(page, ".tweet"), await boxOf(page, ".tweet-face")];
    expect(tweet!.height).toBeLessThan(face!.height + 32);
  });

  it("covers nothing on a phone but with the bar at the bottom", async () => {
    const page = await home(PHONE);
    const [write, bar, content] = await Promise.all([
      boxOf(page, ".write"),
      boxOf(page, ".rail"),
      boxOf(page, ".feed"),
    ]);
    expect(write!.y).toBeGreaterThanOrEqual(bar!.y);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
    const end = await boxOf(page, ".list-end");
    expect(end!.y + end!.height).toBeLessThanOrEqual(bar!.y + 1);
    expect(content!.width).toBe(WINDOWS.phone.width);
  });

  it.each([
    [844, 390],
    [740, 360],
  ])("shows the whole navigation on a phone on its side, %i by %i", async (width, height) => {
    const page = await home({ ...PHONE, viewport: { width, height } });
    await shoot(page, `web-landscape-${width}`);
    for (const control of await page.locator(".rail :is(.nav-link, .write)").all()) {
      const box = await control.boundingBox();
      expect(box!.y).toBeGreaterThanOrEqual(0);
      expect(box!.y + box!.height).toBeLessThanOrEqual(height);
      expect(box!.height).toBeGreaterThanOrEqual(43.5);
    }
  });

  it("keeps names and handles, and enlarges icons, at a text size of 200 %", async () => {
    const page = await home(PHONE);
    const icon = (await boxOf(page, ".nav-link .icon"))!.width;
    await page.evaluate("document.documentElement.style.fontSize = '200%'");
    await shoot(page, "web-home-200");
    expect((await boxOf(page, ".nav-link .icon"))!.width).toBeCloseTo(2 * icon, 0);
    const cut = `[...document.querySelectorAll(".tweet .author")].filter((part) => part.scrollWidth > part.clientWidth + 1)`;
    expect(await page.evaluate(`${cut}.length`)).toBe(0);
    expect(await page.locator(".tweet .author").first().innerText()).toMatch(/Robin Hoodwink\s+@Robin_/);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(WINDOWS.phone.width);
  });

  it("mirrors the interface for a language from right to left, but neither names nor texts", async () => {
    const page = await home({});
    await page.evaluate("document.documentElement.dir = 'rtl'");
    await shoot(page, "web-home-rtl");
    const [rail, feed, aside] = await Promise.all([boxOf(page, ".rail"), boxOf(page, ".feed"), boxOf(page, ".aside")]);
    expect(rail!.x).toBeGreaterThan(feed!.x);
    expect(aside!.x).toBeLessThan(feed!.x);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(WINDOWS.desktop.width);
    expect(await page.evaluate(`getComputedStyle(document.querySelector(".tweet .handle")).direction`)).toBe("ltr");
  });

  it("offers no way back from one's own profile, which is a tab, and the settings by their name", async () => {
    const { page } = await visit(starling.url, people.alice, `/user/${people.alice.username}`, PHONE);
    await page.getByRole("heading", { name: "alice", level: 2 }).waitFor();
    expect(await page.getByRole("button", { name: "Back" }).count()).toBe(0);
    await page.getByRole("link", { name: "Settings" }).filter({ visible: true }).click();
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByRole("heading", { name: "alice", level: 2 }).waitFor();
  });

  it("shows hashtags as text, because they lead nowhere", async () => {
    const page = await home({});
    const colors = await page.evaluate<string[]>(
      `[...document.querySelectorAll(".tweet-text, .tweet-text *")].map((part) => getComputedStyle(part).color)`,
    );
    expect([...new Set(colors)]).toHaveLength(1);
  });
});

describe("with a high contrast theme", () => {
  const looks = (page: Page, selector: string, pseudo = "") =>
    page.evaluate<Record<string, string>>(
      `(() => {
        const { backgroundColor, borderBottomColor, borderInlineStartWidth } =
          getComputedStyle(document.querySelector(${JSON.stringify(selector)}), "${pseudo}" || undefined);
        return { backgroundColor, borderBottomColor, borderInlineStartWidth };
      })()`,
    );

  it.each(["light", "dark"] as const)("tells switches, tabs and unread rows apart, %s", async (colorScheme) => {
    const options = { forcedColors: "active", colorScheme } as const;
    const { page } = await visit(starling.url, people.alice, "/settings", options);
    await page.getByRole("switch").first().waitFor();
    await shoot(page, `web-settings-forced-${colorScheme}`);
    const knob = (await looks(page, ".switch input", "::before"))["backgroundColor"];
    const ground = (await looks(page, ".switch input"))["backgroundColor"];
    expect(knob).not.toBe(ground);

    await page.goto(`${starling.url}/user/${people.robin.username}/followers`);
    await page.locator(".tabs a").first().waitFor();
    const [current, other] = [
      await looks(page, ".tabs a[aria-current]"),
      await looks(page, ".tabs a:not([aria-current])"),
    ];
    expect(current["borderBottomColor"]).not.toBe(other["borderBottomColor"]);
    expect((await looks(page, ".nav-link"))["backgroundColor"]).not.toBe("");
  });
});

describe("on paper", () => {
  it("prints the content alone", async () => {
    const page = await home({ colorScheme: "dark" });
    await page.emulateMedia({ media: "print" });
    await shoot(page, "web-home-print");
    for (const selector of [".rail", ".aside", ".composer", ".tweet-actions"]) {
      expect([selector, await page.locator(selector).first().isVisible()]).toEqual([selector, false]);
    }
    expect(await page.getByText("Number 12").isVisible()).toBe(true);
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
  });
});
