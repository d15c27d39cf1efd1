import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { eventually, useStarling } from "../helper.ts";

// The README's examples sign up with fixed names, so they need empty data.
const starling = useStarling({ LOG_LEVEL: "warn" });

const ROOT = join(import.meta.dirname, "../..");
const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "docs/architecture.md",
  "docs/operations.md",
  "docs/reliability.md",
];
const read = (name: string) => readFile(join(ROOT, name), "utf8");

/** The fenced blocks of a language in order, rewritten to the address of the system under test. */
function blocksOf(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, code = ""]) =>
    code.replaceAll("http://localhost:3000", starling.url),
  );
}

describe("the README", () => {
  it("begins with the commands that start the product, and a picture of it", async () => {
    const text = await read("README.md");
    const [first] = blocksOf(text, "bash");
    expect(first).toBe("git clone REPOSITORY starling && cd starling\nnpm ci && npm start\n");
    expect(text.indexOf("![")).toBeLessThan(500);
  });

  it("gives the one command that runs all tests", async () => {
    const [, tests = ""] = (await read("README.md")).split("\n## Tests\n");
    expect(blocksOf(tests, "bash")[0]).toBe("npm ci && npm test\n");
  });

  it("has examples that run unchanged, one after the other", async () => {
    const blocks = blocksOf(await read("README.md"), "sh");
    expect(blocks.length).toBeGreaterThan(4);
    // A refused request must fail the script, and every answer must be printed.
    const strict = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@" && echo; }\n';
    const { stdout } = await promisify(execFile)("bash", ["-c", strict + blocks.join("\n")], { cwd: ROOT });
    for (const seen of ["Hello, world!", "<!doctype html>", "blockquote", "Look at this", "Lake Vänern", '"follow"']) {
      expect(stdout).toContain(seen);
    }
  });

  it("has a live example that shows events", async () => {
    const { carol, dora } = await starling.cast("carol", "dora");
    const [code = ""] = blocksOf(await read("README.md"), "js");
    const script = spawn(
      process.execPath,
      ["--input-type=module", "-e", code.replace('"alice"', `"${dora.username}"`)],
      {
        cwd: ROOT,
        env: { ...process.env, TOKEN: carol.token },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let output = "";
    script.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    try {
      await eventually(() => expect(output).toContain("ok: true"));
      await dora.tweet("seen live");
      await dora.follow(carol);
      await eventually(() => {
        expect(output).toContain(`@${dora.username}: seen live`);
        expect(output).toContain(`follow by @${dora.username}`);
      });
    } finally {
      const ended = once(script, "exit");
      script.kill();
      await ended;
    }
  });
});

describe("CONTRIBUTING", () => {
  it("has a first change whose lines fit the files", async () => {
    const diffs = blocksOf(await read("CONTRIBUTING.md"), "diff");
    expect(diffs.length).toBeGreaterThan(10);
    for (const diff of diffs) {
      const [head = "", ...lines] = diff.replace(/\n$/, "").split("\n");
      const [, file = ""] = /^@@ (\S+) @@$/.exec(head) ?? [];
      const before = lines.filter((line) => !line.startsWith("+")).map((line) => `${line.slice(1)}\n`);
      const text = await read(file);
      expect([file, before, text.includes(before.join(""))]).toEqual([file, before, true]);
    }
  });
});

describe("the documents", () => {
  it.each(DOCUMENTS)("name only commands and files that exist: %s", async (name) => {
    const text = await read(name);
    const { scripts } = JSON.parse(await read("package.json")) as { scripts: Record<string, string> };
    for (const [, script = ""] of text.matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g)) {
      expect([script, Object.keys(scripts)]).toEqual([script, expect.arrayContaining([script])]);
    }
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      expect([target, existsSync(join(ROOT, dirname(name), target))]).toEqual([target, true]);
    }
  });
});
