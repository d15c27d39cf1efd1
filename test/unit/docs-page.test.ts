import { describe, expect, it } from "@jest/globals";
import type { Node } from "../../seams/node.ts";
import { createDescriptions } from "../../services/api/descriptions.ts";
import { allEndpoints } from "../../services/api/endpoints/index.ts";
import { PROBLEM_CODES } from "../../lib/problem-codes.ts";

/** A tenth of what Swagger UI took. */
const WEIGHT_LIMIT_BYTES = 173_000;

const config = { publicUrl: "https://starling.example", rateLimitScale: 1, dataDir: "nowhere" };
const endpoints = allEndpoints({ config } as unknown as Node);
const replies = await createDescriptions(endpoints, config, "1.0.0").docs();
const bodyOf = (path: string) => String(replies.get(path)?.plain.body);
const page = bodyOf("/docs");

describe("the page that explains the API", () => {
  it("is light, with all files that it loads", () => {
    const paths = [...page.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, path = ""]) => path);
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      expect(replies.get(path)?.plain.headers).toMatchObject({
        "Cache-Control": "public, max-age=31536000, immutable",
      });
    }
    const weight = ["/docs", ...paths].reduce((sum, path) => sum + Buffer.byteLength(bodyOf(path)), 0);
    expect(weight).toBeLessThan(WEIGHT_LIMIT_BYTES);
    expect(page).not.toMatch(/<(?:script|link|img)[^>]*(?:src|href)="https?:/);
  });

  it("has a place for every operation, and no link to a place that is missing", () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(endpoints.map(({ name }) => name)));
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("explains every code of a problem", () => {
    for (const code of Object.keys(PROBLEM_CODES)) expect(page).toContain(`<code>${code}</code>`);
  });
});
