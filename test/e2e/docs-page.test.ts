import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import type { Node } from "../../seams/node.ts";
import { createDescriptions } from "../../services/api/descriptions.ts";
import { DOCS_CSP } from "../../services/api/docs/docs.ts";
import { allEndpoints } from "../../services/api/endpoints/index.ts";
import {
  accessibilityViolations,
  complaintsOf,
  describeInBrowser as describe,
  shoot,
  startBrowser,
  WINDOWS,
} from "../support/browser.ts";
import { serve, type ServedSite } from "../support/serve.ts";

const config = { publicUrl: "http://localhost:3000", rateLimitScale: 1, dataDir: "nowhere" };

let site: ServedSite;
let browser: Browser;

beforeAll(async () => {
  const replies = await createDescriptions(allEndpoints({ config } as unknown as Node), config, "1.0.0").docs();
  site = await serve(DOCS_CSP, (path) => replies.get(path)?.plain ?? null);
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  site.stop();
});

describe("the page that explains the API", () => {
  for (const [window, viewport] of Object.entries(WINDOWS)) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`reads well on a ${window} in ${colorScheme}, loads nothing from other sites, and obeys its policy`, async () => {
        const context = await browser.newContext({ viewport, colorScheme });
        const page = await context.newPage();
        const complaints = complaintsOf(page);
        const asked = new Set<string>();
        page.on("request", (request) => asked.add(new URL(request.url()).origin));
        await page.goto(`${site.url}/docs#followUser`);
        await page.getByRole("heading", { name: "followUser", exact: true }).waitFor();
        expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
        expect(await page.evaluate("scrollY > 1000")).toBe(true);
        expect(await accessibilityViolations(page)).toEqual([]);
        await page.evaluate("scrollTo(0, 0)");
        await shoot(page, `docs-${window}-${colorScheme}`);
        expect([...asked].filter((origin) => origin !== site.url && origin !== "null")).toEqual([]);
        expect(complaints).toEqual([]);
        await context.close();
      });
    }
  }

  it("copies an example", async () => {
    const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    await page.goto(`${site.url}/docs`);
    await page.locator("#deleteTweet").getByRole("button", { name: "Copy" }).first().click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(
      'curl -X DELETE http://localhost:3000/tweet/good-morning-1 \\\n  -H "Authorization: Bearer $TOKEN"',
    );
    await context.close();
  });

  it("is all there without JavaScript", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${site.url}/docs#listNotifications`);
    await page.locator("#listNotifications").getByText("curl ").first().waitFor();
    await page.locator("#listNotifications").getByText("Example", { exact: true }).click();
    await page.locator("#listNotifications").getByText('"unread": 1').waitFor();
    await context.close();
  });
});
