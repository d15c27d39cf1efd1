import { afterAll, beforeAll, expect } from "@jest/globals";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { complaintsOf, startBrowser, WINDOWS } from "./browser.ts";
import type { Person } from "./cast.ts";

/** A window of the web client, and what it has complained about. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[];
}

/** What a browser says by itself of an answer, or a missing one, that a test has brought about. */
export const EXPECTED = {
  notFound: /status of 404/,
  offline: /ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_RESET|WebSocket connection to .* failed/,
};

/** Starts a browser for all tests of a file. To be called at the top of the file. */
export function useBrowser() {
  let browser: Browser;
  const open: BrowserContext[] = [];
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    for (const context of open) await context.close();
    await browser?.close();
  });
  /**
   * Opens the client in a browser of its own.
   *
   * @param who is logged in there; null for a visitor
   */
  const visit = async (
    url: string,
    who: Person | null,
    path = "/",
    options: BrowserContextOptions = {},
  ): Promise<Visit> => {
    const context = await browser.newContext({ viewport: WINDOWS.desktop, ...options });
    open.push(context);
    if (who) await context.addCookies([{ name: "session", value: who.token, url, httpOnly: true, sameSite: "Lax" }]);
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.goto(url + path);
    return { page, context, complaints };
  };
  return { visit };
}

/** Checks that a window had nothing to complain about, but for what the test has brought about. */
export function expectNoComplaints({ complaints }: Visit, ...expected: RegExp[]): void {
  expect(complaints.filter((text) => !expected.some((pattern) => pattern.test(text)))).toEqual([]);
}

/** The tweets in a list on screen, from the top: their texts. */
export function textsOn(page: Page): Promise<string[]> {
  return page.locator(".feed .tweet-text").allTextContents();
}

/** Waits until the live connection is there, so that what happens from now on comes in live. */
export async function untilLive(page: Page): Promise<void> {
  await page.locator('html[data-live="live"]').waitFor();
}
