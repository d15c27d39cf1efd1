import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { eventually, useStarling } from "../helper.ts";

// A run takes the usernames in the README's examples, so each run needs empty data.
const starling = useStarling({ LOG_LEVEL: "warn" });

const ROOT = join(import.meta.dirname, "../..");
const DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md"];
const read = (name: string) => readFile(join(ROOT, name), "utf8");

/** The fenced blocks of a language in order, rewritten to the address of the system under test. */
function blocksOf(markdown: string, language: string): string[] {
  return [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "gm"))].map(([, code = ""]) =>
    code.replaceAll("http://localhost:3000", starling.url),
  );
}

describe("the README", () => {
  it("begins with the two commands and a picture of the product", async () => {
    const [first] = blocksOf(await read("README.md"), "bash");
    expect(first).toBe("npm ci\nnpm start\n");
    expect((await read("README.md")).indexOf("![")).toBeLessThan(500);
  });

  it("has examples that run unchanged, one after the other", async () => {
    const blocks = blocksOf(await read("README.md"), "sh");
    expect(blocks.length).toBeGreaterThan(4);
    // A refused request must fail the script, and every answer must be visible.
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

describe("the documents", () => {
  it.each(DOCUMENTS)("of %s name existing commands and files", async (name) => {
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
