import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { complaintsOf, startBrowser, WINDOWS } from "./browser.ts";
import type { Person } from "./cast.ts";

/** A window of the web client. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Accepts these complaints in the console, which the test provokes. */
  readonly expectComplaints: (...expected: RegExp[]) => void;
}

/** The browser's own console messages about answers, or missing ones, that a test provokes. */
export const EXPECTED = {
  notFound: /status of 404/,
  conflict: /status of 409/,
  unauthorized: /status of 401/,
  offline:
    /ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket connection to .* failed/,
};

/** Starts a browser for all tests of a file. A test fails if a page complains in its console. Call it at the top of the file. */
export function useBrowser() {
  let browser: Browser;
  /** The open windows with the complaints of their pages. */
  let open: { context: BrowserContext; complaints: string[][]; expected: RegExp[] }[] = [];
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterEach(async () => {
    const windows = open;
    open = [];
    for (const { context } of windows) await context.close();
    const isExpected = (text: string, expected: RegExp[]) => expected.some((pattern) => pattern.test(text));
    for (const { complaints, expected } of windows) {
      expect(complaints.flat().filter((text) => !isExpected(text, expected))).toEqual([]);
    }
  });
  afterAll(() => browser?.close());
  /**
   * Opens the client in a browser context of its own.
   *
   * @param who the logged-in person; null for a visitor
   */
  const visit = async (
    url: string,
    who: Person | null,
    path = "/",
    options: BrowserContextOptions = {},
  ): Promise<Visit> => {
    const context = await browser.newContext({ viewport: WINDOWS.desktop, ...options });
    const window = { context, complaints: [] as string[][], expected: [] as RegExp[] };
    open.push(window);
    if (who) await context.addCookies([{ name: "session", value: who.token, url, httpOnly: true, sameSite: "Lax" }]);
    context.on("page", (opened) => void window.complaints.push(complaintsOf(opened)));
    const page = await context.newPage();
    await page.goto(url + path);
    return { page, context, expectComplaints: (...expected) => void window.expected.push(...expected) };
  };
  return { visit };
}

/** The texts of the tweets on screen, from the top. */
export function textsOn(page: Page): Promise<string[]> {
  return page.locator(".feed .tweet-text").allTextContents();
}

/** Waits for the live connection: changes from now on arrive live. */
export async function untilLive(page: Page): Promise<void> {
  await page.locator('html[data-live="live"]').waitFor();
}
