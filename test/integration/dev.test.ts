import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, cp, mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { freePort } from "../../dev/servers/ports.ts";
import { type TemporaryFolder, temporaryFolder } from "../../dev/servers/guard.ts";
import { eventually } from "../support/eventually.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Parts of the repository that do not belong to the product. */
const NOT_COPIED = [".git", "node_modules", "data", "test", "docs"];
/** The web client is built at the first start, which takes seconds on a busy machine. */
const PATIENCE_MS = 60_000;

let folder: TemporaryFolder;
let running: ChildProcess | undefined;

beforeEach(async () => {
  folder = await temporaryFolder("starling-test-");
});
afterEach(async () => {
  running?.kill("SIGKILL");
  await folder.remove();
});

/** Copies the repository, so that the test may edit a source. The copy has its own Vite cache, in `node_modules`. */
async function copyRepository(): Promise<void> {
  for (const name of await readdir(ROOT)) {
    if (!NOT_COPIED.includes(name)) await cp(join(ROOT, name), join(folder.path, name), { recursive: true });
  }
  const modules = join(folder.path, "node_modules");
  await mkdir(modules);
  for (const name of await readdir(join(ROOT, "node_modules"))) {
    if (name !== ".vite") await symlink(join(ROOT, "node_modules", name), join(modules, name));
  }
}

/** Runs `npm run dev` of a copy, or of this repository. */
function dev(root: string, args: readonly string[] = []) {
  const child = spawn(process.execPath, [join(root, "dev/watch/main.ts"), ...args], {
    env: { ...process.env, DATA_DIR: join(folder.path, "data") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running = child;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return { child, ended: once(child, "close") as Promise<[number | null, string | null]>, output: () => output };
}

const isUp = (url: string) => async () => expect((await fetch(url)).status).toBe(200);

describe("npm run dev", () => {
  it("serves the API and the web client, restarts the server after an edit, and ends both at SIGTERM", async () => {
    await copyRepository();
    const [port, webPort] = [await freePort(), await freePort()];
    const [url, webUrl] = [`http://localhost:${port}`, `http://localhost:${webPort}`];
    const { child, ended, output } = dev(folder.path, ["--port", `${port}`, "--web-port", `${webPort}`]);
    await eventually(isUp(`${url}/health/ready`), PATIENCE_MS);
    await eventually(async () => {
      const page = await fetch(webUrl, { headers: { accept: "text/html" } });
      expect(await page.text()).toContain("/@vite/client");
    }, PATIENCE_MS);
    for (const address of [url, webUrl]) expect(output()).toContain(address);

    await appendFile(join(folder.path, "server.ts"), '\nconsole.log("This is the edited server.");\n');
    await eventually(() => expect(output()).toContain("This is the edited server."), PATIENCE_MS);
    await eventually(isUp(`${url}/health/ready`), PATIENCE_MS);

    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    for (const address of [url, webUrl]) await expect(fetch(address)).rejects.toThrow("fetch failed");
  }, 180_000);

  it("prints its options, and refuses an impossible port", async () => {
    const help = dev(ROOT, ["--help"]);
    expect(await help.ended).toEqual([0, null]);
    expect(help.output()).toContain("--web-port");
    const refused = dev(ROOT, ["--port", "70000"]);
    expect(await refused.ended).toEqual([1, null]);
    expect(refused.output()).toContain("--port must be from 1 to 65535");
  });
});
