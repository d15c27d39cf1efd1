import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe } from "@jest/globals";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../../dev/chromium.ts";

const CHROMIUM = findChromium();

/** `describe` for tests in a browser. Without a browser they are skipped, but in CI they fail. */
export const describeInBrowser = CHROMIUM || process.env["CI"] ? describe : describe.skip;

/** Viewports (px). */
export const WINDOWS = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

/** Starts a headless browser that makes no requests of its own. */
export function startBrowser(): Promise<Browser> {
  if (!CHROMIUM) throw new Error("No Chromium found: install it, or set CHROMIUM_BIN to its path.");
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

/** Collects the page's complaints: exceptions, and errors and warnings in its console, such as CSP violations. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}

/**
 * @param rules the only rules to check; without them all
 * @returns the violations that axe-core finds on the current page: rule, element and summary of each
 */
export async function accessibilityViolations(page: Page, rules?: readonly string[]): Promise<string[]> {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(readFileSync(axe, "utf8"));
  const options = rules ? { runOnly: rules } : {};
  const found = await page.evaluate<Pick<AxeResults, "violations">>(`axe.run(${JSON.stringify(options)})`);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html}: ${node.failureSummary}`),
  );
}

/** Saves a screenshot for people to look at, if `SCREENSHOT_DIR` names a folder. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOT_DIR"];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
