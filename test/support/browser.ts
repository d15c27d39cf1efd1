import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "./chromium.ts";

const CHROMIUM = findChromium();

/** `describe` for tests in a browser: they are skipped where there is none, but in CI they fail then. */
export const describeInBrowser = CHROMIUM || process.env["CI"] ? describe : describe.skip;

/** A small and a large window. */
export const WINDOWS = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

/** Starts a browser without a window that talks to nobody but the page's own server. */
export function startBrowser(): Promise<Browser> {
  if (!CHROMIUM) throw new Error("There is no Chromium here: install it, or set CHROMIUM_BIN to its path.");
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Keeps what the page complains about: errors on its console (a CSP violation is one) and exceptions. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}

/** @returns what axe-core finds wrong with the page as it is shown: rule and element, one a line */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  await page.evaluate(readFileSync(axe, "utf8"));
  const found = await page.evaluate<Pick<AxeResults, "violations">>("axe.run()");
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`),
  );
}

/** Keeps a picture of the page, for people to look at, in the folder that `SCREENSHOT_DIR` names. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOT_DIR"];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
