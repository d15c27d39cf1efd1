import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import { docsReply, DOCS_CSP } from "../../services/api/docs/docs.ts";
import { complaintsOf, describeInBrowser as describe, shoot, startBrowser, WINDOWS } from "../support/browser.ts";
import { serve, type ServedSite } from "../support/serve.ts";

const OPENAPI = JSON.stringify({
  openapi: "3.1.0",
  info: { title: "Starling", version: "1.0.0", description: "The **public** API." },
  components: {
    schemas: { Tweet: { type: "object", properties: { id: { type: "string" }, text: { type: "string" } } } },
    securitySchemes: { token: { type: "http", scheme: "bearer" } },
  },
  paths: {
    "/tweet/{id}": {
      get: {
        tags: ["tweets"],
        summary: "One tweet",
        parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
        responses: {
          200: {
            description: "It",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Tweet" } } },
          },
        },
      },
      delete: {
        tags: ["tweets"],
        summary: "Delete it",
        security: [{ token: [] }],
        responses: { 204: { description: "Gone" } },
      },
    },
  },
});

const json = (body: string) => ({ status: 200, body, headers: { "Content-Type": "application/json" } });

let site: ServedSite;
let browser: Browser;

beforeAll(async () => {
  const api: Record<string, string> = { "/openapi.json": OPENAPI, "/tweet/1": `{"id": "1", "text": "Hello"}` };
  site = await serve(DOCS_CSP, async (path) => {
    const found = await docsReply(path);
    return found?.plain ?? (api[path] ? json(api[path]) : null);
  });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  site.stop();
});

describe("the page that shows the API", () => {
  for (const [window, viewport] of Object.entries(WINDOWS)) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`shows every request on a ${window} in ${colorScheme}, loads nothing from other sites, and obeys its policy`, async () => {
        const context = await browser.newContext({ viewport, colorScheme });
        const page = await context.newPage();
        const complaints = complaintsOf(page);
        const asked = new Set<string>();
        page.on("request", (request) => asked.add(new URL(request.url()).origin));
        await page.goto(`${site.url}/docs`);
        await page.getByText("One tweet").click();
        await page.getByText("It", { exact: true }).waitFor();
        await page.getByRole("button", { name: "Authorize" }).first().click();
        await page.getByLabel("auth-bearer-value").fill("TOKEN");
        await page.getByRole("button", { name: "Close" }).click();
        await page.getByRole("button", { name: "Try it out" }).click();
        await page.getByPlaceholder("id").fill("1");
        await page.getByRole("button", { name: "Execute" }).click();
        await page.getByRole("heading", { name: "Server response" }).waitFor();
        await shoot(page, `docs-${window}-${colorScheme}`);
        expect([...asked].filter((origin) => origin !== site.url && origin !== "null")).toEqual([]);
        expect(complaints).toEqual([]);
        await context.close();
      });
    }
  }
});
