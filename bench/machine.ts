import { execFile, execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { promisify } from "node:util";
import { findServer, type ServerName } from "../dev/servers/index.ts";

/** The machine and the versions, without which figures say nothing. */
export function describeMachine(): Record<string, string> {
  const [first] = cpus();
  return {
    date: new Date().toISOString(),
    cpu: `${cpus().length} × ${first?.model ?? "unknown"}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    node: process.version,
    commit: commit(),
    loadBefore: loadavg()[0]!.toFixed(2),
  };
}

/** The versions of these servers, by their names. @throws ServerMissingError */
export async function describeServers(names: readonly ServerName[]): Promise<Record<string, string>> {
  const versions = names.map(async (name) => {
    const { stdout } = await promisify(execFile)(await findServer(name), ["--version"]);
    return [name, stdout.split("\n")[0]!.trim()] as const;
  });
  return Object.fromEntries(await Promise.all(versions));
}

function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    }).trim();
  } catch {
    return "unknown";
  }
}
