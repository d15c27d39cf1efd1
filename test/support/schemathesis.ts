import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { guardProcess, temporaryFolder } from "../../dev/servers/guard.ts";
import { mp4, WEBM } from "./files.ts";

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, "..", "schemathesis");
const CACHE = process.env["STARLING_CACHE"] || join(homedir(), ".cache", "starling");
const FETCH_LIMIT_MS = 300_000;

/** A user in whose name requests are made. */
interface Login {
  readonly username: string;
  readonly password: string;
}

/** What a run found. */
interface Findings {
  readonly code: number | null;
  /** The failures with the requests that show them, and the summary. */
  readonly report: string;
}

/**
 * Finds schemathesis, and fetches it with pip into the cache if it is not there.
 *
 * @returns the folder of its Python packages
 * @throws Error with pip's output
 */
export async function findSchemathesis(): Promise<string> {
  const requirements = join(SOURCE, "requirements.txt");
  const version = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);
  const folder = join(CACHE, `schemathesis-${version}`);
  if (await stat(folder).catch(() => null)) return folder;
  await mkdir(CACHE, { recursive: true });
  const work = await temporaryFolder("fetch-", CACHE);
  try {
    // Into a folder of its own: the system's Python stays unchanged, and Debian's lacks the module for environments.
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries=1", "--timeout=20"];
    const target = ["--target", join(work.path, "whole"), "--only-binary=:all:", "--requirement", requirements];
    await run("python3", ["-m", "pip", "install", ...quiet, ...target], { timeout: FETCH_LIMIT_MS });
    await rename(join(work.path, "whole"), folder).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
    return folder;
  } finally {
    await work.remove();
  }
}

/**
 * Runs schemathesis against a server, with the configuration in `test/schemathesis/`.
 *
 * @param phases kinds of tests: examples, coverage, fuzzing, stateful
 * @param examples requests per operation and phase
 * @param logins two users; requests are made in the name of the first, and nothing of theirs may be the second one's
 */
export async function runSchemathesis(
  url: string,
  { phases, examples, logins }: { phases: readonly string[]; examples: number; logins?: readonly [Login, Login] },
): Promise<Findings> {
  const packages = await findSchemathesis();
  const work = await temporaryFolder("starling-schemathesis-");
  try {
    await cp(SOURCE, work.path, { recursive: true });
    const config = join(work.path, "schemathesis.toml");
    if (logins) await writeLogins(work.path, config, logins);
    const files = join(work.path, "files");
    await writeFiles(files);
    const { SCHEMATHESIS_SEED: seed, SCHEMATHESIS_EXAMPLES: more } = process.env;
    return await collect(
      "python3",
      [
        ...[
          "-m",
          "schemathesis.cli",
          "--config-file",
          config,
          "run",
          `${url}/openapi.json`,
          "--no-color",
          "--checks=all",
        ],
        ...[`--phases=${phases.join(",")}`, `--max-examples=${more ?? examples}`, "--suppress-health-check=all"],
        seed === undefined ? "--generation-deterministic" : `--seed=${seed}`,
      ],
      { cwd: work.path, env: { ...process.env, PYTHONPATH: packages, SCHEMATHESIS_FILES: files } },
    );
  } finally {
    await work.remove();
  }
}

/** Adds two users to the configuration. schemathesis logs in again when a request has ended its session. */
async function writeLogins(folder: string, config: string, logins: readonly [Login, Login]): Promise<void> {
  const names = ["caller", "other"];
  const entries = logins.map(({ username, password }, n) => ({
    name: names[n],
    loginEndpointAuth: {
      endpoint: "/auth/login",
      verb: "POST",
      contentType: "application/json",
      payloadUserPwd: { username, password, usernameField: "username", passwordField: "password" },
      token: {
        extractFrom: "body",
        extractSelector: "/token",
        sendIn: "header",
        sendName: "Authorization",
        sendTemplate: "Bearer {token}",
      },
    },
  }));
  const path = join(folder, "logins.json");
  await writeFile(path, JSON.stringify({ auth: entries }));
  const section = { path, user: names[0], peers: names };
  const lines = Object.entries(section).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  await writeFile(config, ["", "[auth.wfc]", ...lines, ""].join("\n"), { flag: "a" });
}

/** A small file of each type that can be uploaded, named by the type. */
async function writeFiles(folder: string): Promise<void> {
  await mkdir(folder);
  const square = sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });
  for (const format of ["jpeg", "png", "webp", "gif", "avif"] as const) {
    await writeFile(join(folder, `image_${format}`), await square.clone().toFormat(format).toBuffer());
  }
  await writeFile(join(folder, "video_mp4"), mp4());
  await writeFile(join(folder, "video_quicktime"), mp4({ brand: "qt  " }));
  await writeFile(join(folder, "video_webm"), WEBM);
}

async function collect(
  command: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Findings> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const forget = guardProcess(child.pid!);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  forget();
  // Everything before is progress.
  const start = output.search(/=+ (FAILURES|ERRORS|WARNINGS|SUMMARY) =+/);
  return { code, report: output.slice(Math.max(0, start)) };
}
