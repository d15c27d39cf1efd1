import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");
const read = <T>(file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8")) as T;

it("packages with install scripts are those that package.json names, each with a decision", () => {
  const { packages } = read<{ packages: Record<string, { hasInstallScript?: true }> }>("package-lock.json");
  const { allowScripts } = read<{ allowScripts: Record<string, boolean> }>("package.json");
  const withScripts = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
  expect([...new Set(withScripts)].sort()).toEqual(Object.keys(allowScripts).sort());
});
