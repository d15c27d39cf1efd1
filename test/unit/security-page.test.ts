import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/security.md"), "utf8");

it("the security page names files that exist, and a test for each of OWASP's ten risks", () => {
  const named = [...PAGE.matchAll(/`((?:test|services)\/[\w./-]+)`/g)].map(([, path]) => path!);
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const risks = PAGE.split("\n").filter((line) => /^\| API\d+ .*`test\//.test(line));
  expect(risks.map((line) => Number(/^\| API(\d+)/.exec(line)![1]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
