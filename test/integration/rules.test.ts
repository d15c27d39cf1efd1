import { execFile } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { temporaryFolder } from "../helper.ts";

// Breaks each rule for the folders that `npm run lint` enforces, in files of its own, and expects a report of it.

const ROOT = join(import.meta.dirname, "../..");
const bin = (path: string) => join(ROOT, "node_modules", path);
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** @returns the output of a command, whether or not it reports a breach */
async function output(script: string, ...args: string[]): Promise<string> {
  const found = run(process.execPath, [script, ...args], { cwd: folder, maxBuffer: 2 ** 26 });
  const { stdout } = await found.catch((error: unknown) => error as { stdout: string });
  return stdout;
}

describe("dependency-cruiser", () => {
  interface Rule {
    name: string;
  }
  const CRUISER = bin("dependency-cruiser/bin/dependency-cruise.mjs");

  /** For each rule, a file that breaks it. */
  const BREACHES: Record<string, [path: string, text: string]> = {
    "no-circular": ["lib/a.ts", 'import "./b.ts";'],
    "no-upward-import-from-lib": ["lib/up.ts", 'import type { A } from "../config/a.ts";\nexport type B = A;'],
    "no-upward-import-from-config": ["config/up.ts", 'import "../contract/a.ts";'],
    "no-upward-import-from-contract": ["contract/up.ts", 'import "../seams/a.ts";'],
    "no-upward-import-from-seams": ["seams/up.ts", 'import "../services/users/a.ts";'],
    "no-upward-import-from-broker": ["broker/up.ts", 'import "../seams/a.ts";'],
    "no-upward-import-from-mixins": ["mixins/up.ts", 'import "../services/users/a.ts";'],
    "no-upward-import-from-services": ["services/users/up.ts", 'import "../../server.ts";'],
    "no-upward-import-from-ops": ["ops/up.ts", 'import "../server.ts";'],
    "no-upward-import-from-web": ["web/src/up.ts", 'import "../../services/users/a.ts";'],
    "no-foreign-folder-in-services-users": ["services/users/b.ts", 'import "../media/a.ts";'],
    "no-foreign-folder-in-services-graph": ["services/graph/b.ts", 'import "../users/a.ts";'],
    "no-foreign-folder-in-services-tweets": ["services/tweets/b.ts", 'import "../users/a.ts";'],
    "no-foreign-folder-in-services-timeline": ["services/timeline/b.ts", 'import "../tweets/a.ts";'],
    "no-foreign-folder-in-services-notifier": ["services/notifier/b.ts", 'import "../gateway/a.ts";'],
    "no-foreign-folder-in-services-media": ["services/media/b.ts", 'import "../api/a.ts";'],
    "no-foreign-folder-in-services-reading": ["services/reading/b.ts", 'import "../tweets/a.ts";'],
    "no-foreign-folder-in-services-gateway": ["services/gateway/b.ts", 'import "../pages/a.ts";'],
    "no-foreign-folder-in-services-pages": ["services/pages/b.ts", 'import "../api/a.ts";'],
    "no-foreign-folder-in-services-api": ["services/api/b.ts", 'import "../media/a.ts";'],
    "no-foreign-folder-in-services-live": ["services/live/b.ts", 'import "../api/a.ts";'],
    "no-http-in-domain-services": ["services/users/http.ts", 'import "node:http";'],
    "only-seams-talk-to-stores": ["services/users/driver.ts", 'import "mongodb";'],
    "no-tools-in-the-product": ["services/users/tool.ts", 'import "../../dev/a.ts";'],
    "no-tests-in-tools": ["dev/b.ts", 'import "../test/a.ts";'],
    "no-development-packages-in-the-product": ["services/users/package.ts", 'import "fast-check";'],
    "no-unresolvable": ["lib/lost.ts", 'import "./nowhere.ts";'],
  };

  it("finds a breach of each rule", async () => {
    const targets = ["config", "contract", "seams", "dev", "test"].map((room) => `${room}/a.ts`);
    const rooms = ["users", "media", "api", "gateway", "pages", "tweets"].map((room) => `services/${room}/a.ts`);
    await write({
      ...Object.fromEntries([...targets, ...rooms, "server.ts"].map((path) => [path, "export type A = 1;"])),
      "lib/b.ts": 'import "./a.ts";',
      "tsconfig.json": '{ "compilerOptions": { "allowImportingTsExtensions": true } }',
      "package.json": '{ "dependencies": { "mongodb": "*" }, "devDependencies": { "fast-check": "*" } }',
      ...Object.fromEntries(Object.values(BREACHES)),
    });
    const config = join(ROOT, ".dependency-cruiser.js");
    const { summary } = JSON.parse(await output(CRUISER, "--config", config, "--output-type", "json", ".")) as {
      summary: { violations: { rule: Rule; from: string }[]; ruleSetUsed: { forbidden: Rule[] } };
    };
    const found = summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
    expect(found).toEqual(expect.arrayContaining(Object.entries(BREACHES).map(([rule, [path]]) => `${rule}: ${path}`)));
    expect(Object.keys(BREACHES).sort()).toEqual(summary.ruleSetUsed.forbidden.map(({ name }) => name).sort());
  });
});

describe("knip", () => {
  it("finds a dead file, a dead export and a dead dependency", async () => {
    const tree = join(folder, "dead");
    await write({
      "dead/package.json":
        '{ "type": "module", "scripts": { "start": "node server.ts" }, "dependencies": { "zod": "*" } }',
      "dead/server.ts": 'import { used } from "./lib/used.ts";\nused();',
      "dead/lib/used.ts": "export function used(): void {}\nexport function unused(): void {}",
      "dead/lib/unused.ts": "export {};",
    });
    const config = join(ROOT, "knip.json");
    const found = JSON.parse(
      await output(bin("knip/bin/knip.js"), "--directory", tree, "--config", config, "--reporter", "json"),
    ) as { issues: { file: string; files: unknown[]; exports: unknown[]; dependencies: unknown[] }[] };
    const of = (kind: "files" | "exports" | "dependencies") =>
      found.issues.filter((issue) => issue[kind].length > 0).map(({ file }) => file);
    expect([of("files"), of("exports"), of("dependencies")]).toEqual([
      ["lib/unused.ts"],
      ["lib/used.ts"],
      ["package.json"],
    ]);
  });
});

describe("ESLint", () => {
  const LONG = "export {};\n".repeat(201);
  /** A name for the text, the file that the text is linted as, and the rule that must refuse it, if any. */
  const CASES: [what: string, file: string, text: string, rule: string | null][] = [
    ["an address in a service", "services/timeline/home.ts", 'export const a = "/feed";', "no-restricted-syntax"],
    [
      "an address in a template",
      "services/graph/follows.ts",
      "export const a = `/user/${1}/x`;",
      "no-restricted-syntax",
    ],
    [
      "the public URL in a service",
      "services/users/accounts.ts",
      "export const publicUrl = 1;",
      "no-restricted-syntax",
    ],
    ["an address in a gateway", "services/api/routes.ts", 'export const a = "/feed";', null],
    ["a file over 200 lines", "services/users/accounts.ts", LONG, "max-lines"],
    ["a long table of the contract", "contract/actions.ts", LONG, null],
    ["output past the log", "lib/errors.ts", "console.log(1);", "no-console"],
  ];
  const SCRIPT = `
    import { ESLint } from "eslint";
    const eslint = new ESLint();
    const found = [];
    for (const [, filePath, text] of JSON.parse(process.argv[1])) {
      const [{ messages }] = await eslint.lintText(text, { filePath });
      found.push(messages.map(({ ruleId, message }) => ruleId ?? message));
    }
    console.log(JSON.stringify(found));`;

  let found: string[][];
  beforeAll(async () => {
    const args = ["--input-type=module", "--eval", SCRIPT, JSON.stringify(CASES)];
    found = JSON.parse((await run(process.execPath, args, { cwd: ROOT })).stdout) as string[][];
  });

  it.each(CASES.map(([what, , , rule], index) => [what, rule ?? "no rule", index] as const))(
    "finds that %s breaks %s",
    (_, rule, index) => expect(found[index]).toEqual(rule === "no rule" ? [] : [rule]),
  );
});
