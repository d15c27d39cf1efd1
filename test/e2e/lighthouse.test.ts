// Lighthouse on the pages that people come to first. Its performance score depends on what else the machine does, so speed
// is measured by `npm run bench -- --only first-load`, and sizes are checked in web/delivery.test.ts.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "@jest/globals";
import { findChromium } from "../../dev/chromium.ts";
import { type Person, temporaryFolder, useStarling } from "../helper.ts";
import { describeInBrowser as describe } from "../support/browser.ts";

const starling = useStarling();
const COMMAND = createRequire(import.meta.url).resolve("lighthouse/cli/index.js");
const CATEGORIES = ["accessibility", "best-practices", "seo"];
const LEAST_SCORE = 0.95;
/** A run takes 10 s, and several times as long on a machine with other work. */
const TIME_LIMIT_MS = 120_000;

interface Report {
  readonly categories: Record<string, { score: number; auditRefs: { id: string; weight: number }[] }>;
  readonly audits: Record<string, { score: number | null; title: string }>;
}

let alice: Person;
let tweetId: string;
beforeAll(async () => {
  ({ alice } = await starling.cast("alice"));
  await alice.api.patch("/user", { bio: "Birds, mostly. https://example.com" });
  tweetId = (await alice.tweet("The starlings are back over the pier, says https://example.com #birds")).id;
});

async function reportOn(path: string, headers: Record<string, string>): Promise<Report> {
  const file = join(await temporaryFolder(), "report.json");
  const options = [
    "--quiet",
    "--output=json",
    `--output-path=${file}`,
    `--only-categories=${CATEGORIES.join(",")}`,
    "--throttling-method=provided",
    "--no-enable-error-reporting",
    "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage",
    `--extra-headers=${JSON.stringify(headers)}`,
  ];
  const env = { ...process.env, CHROME_PATH: findChromium()! };
  await promisify(execFile)(process.execPath, [COMMAND, starling.url + path, ...options], { env });
  return JSON.parse(await readFile(file, "utf8")) as Report;
}

describe("Lighthouse", () => {
  it.each<[name: string, path: () => string, headers: () => Record<string, string>]>([
    ["the welcome screen", () => "/", () => ({})],
    ["the home screen", () => "/", () => ({ cookie: `session=${alice.token}` })],
    ["the share page of a tweet", () => `/tweet/${tweetId}`, () => ({})],
    ["a profile", () => `/user/${alice.username}`, () => ({})],
  ])(
    "finds little to mend on %s",
    async (_name, path, headers) => {
      const { categories, audits } = await reportOn(path(), headers());
      for (const name of CATEGORIES) {
        const { score, auditRefs } = categories[name]!;
        const faults = auditRefs.filter(({ id, weight }) => weight > 0 && (audits[id]!.score ?? 1) < 1);
        expect({ name, score, faults: score < LEAST_SCORE ? faults.map(({ id }) => audits[id]!.title) : [] }).toEqual({
          name,
          score: expect.any(Number),
          faults: [],
        });
        expect(score).toBeGreaterThanOrEqual(LEAST_SCORE);
      }
    },
    TIME_LIMIT_MS,
  );
});
