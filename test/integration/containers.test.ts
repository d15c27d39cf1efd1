import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseEnv, promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { loadConfig } from "../../config/config.ts";
import { SERVICE_NAMES, SETTING_NAMES } from "../../config/environment.ts";
import { startServer } from "../../dev/start.ts";
import { createApi } from "../helper.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string) => readFile(join(ROOT, file), "utf8");

interface Service {
  build?: string;
  image?: string;
  environment?: Record<string, string>;
  depends_on?: Record<string, unknown>;
  volumes?: string[];
  deploy?: { replicas: number };
  healthcheck?: object;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

describe("Dockerfile", () => {
  /** The source and the target of each file that the last stage copies. */
  async function copies(): Promise<[string, string][]> {
    const lines = (await read("Dockerfile"))
      .split(/^FROM .*$/m)
      .at(-1)!
      .match(/^COPY .*$/gm)!;
    return lines.flatMap((line) => {
      const words = line
        .split(/\s+/)
        .slice(1)
        .filter((word) => !word.startsWith("--from="));
      const to = words.pop()!;
      return words.map((from): [string, string] => {
        const file = from.replace(/^\/app\//, "");
        return [file, to === "./" ? file : to];
      });
    });
  }

  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "starling-test-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("copies all files that a server needs into the image", async () => {
    for (const [from, to] of await copies()) {
      await mkdir(dirname(join(folder, to)), { recursive: true });
      if (from === "node_modules") await symlink(join(ROOT, from), join(folder, to));
      else await cp(join(ROOT, from), join(folder, to), { recursive: true });
    }
    const server = await startServer({ DATA_DIR: join(folder, "data") }, { server: join(folder, "server.ts") });
    try {
      const api = createApi(server.url);
      expect((await api.get("/health/ready")).status).toBe(200);
      expect((await api.get("/", { accept: "text/html" })).text).toContain("<script");
    } finally {
      expect(await server.stop()).toBe(0);
    }
  });

  it("copies the operators' commands, with all that they need", async () => {
    for (const command of await readdir(join(folder, "ops"))) {
      const script = join(folder, "ops", command, "main.ts");
      if (command === "archive" || command.endsWith(".ts")) continue;
      const { stdout } = await promisify(execFile)(process.execPath, [script, "--help"]);
      expect(stdout).toContain(`npm run -s ${command}`);
    }
  });

  it("can copy these files from its context, but neither settings nor data", async () => {
    const ignore = (await read(".dockerignore")).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(ignore[0]).toBe("*");
    const allowed = ignore.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
    for (const [from] of await copies()) {
      if (from === "node_modules" || from === "web/dist") continue;
      expect(allowed.some((path) => from === path || from.startsWith(`${path}/`))).toBe(true);
    }
    for (const path of allowed) expect((await stat(join(ROOT, path))).isFile() || !/env|data/.test(path)).toBe(true);
  });

  it("runs one process as a user other than root, with a health check", async () => {
    const last = (await read("Dockerfile")).split(/^FROM /m).at(-1)!;
    expect(last).toMatch(/^node:24-slim\n/);
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(last).toMatch(/^HEALTHCHECK [^]*\/health\/ready/m);
    expect(last).toMatch(/^CMD \["node", "server.ts"\]$/m);
  });
});

/** @returns the variables that `deploy/passwords` prints */
async function makePasswords(): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)(join(ROOT, "deploy/passwords"));
  return parseEnv(stdout) as Record<string, string>;
}

describe("docker-compose.yml", () => {
  let compose: Compose;
  let passwords: Record<string, string>;
  beforeAll(async () => {
    passwords = await makePasswords();
    compose = parse(await read("docker-compose.yml"), { merge: true }) as Compose;
  });
  const nodes = () => Object.entries(compose.services).filter(([, { build }]) => build !== undefined);

  it("has two of every service, two gateways among them", () => {
    for (const service of SERVICE_NAMES) {
      const count = nodes()
        .filter(([, { environment }]) => environment!["SERVICES"]!.split(",").includes(service))
        .reduce((sum, [, { deploy }]) => sum + (deploy?.replicas ?? 1), 0);
      expect([service, count]).toEqual([service, service === "api" || service === "live" ? 2 : 4]);
    }
  });

  it("demands the passwords that deploy/passwords makes, new ones each time", async () => {
    const used = [...(await read("docker-compose.yml")).matchAll(/\$\{(\w+):\?run deploy\/passwords >> .env\}/g)];
    const others = await makePasswords();
    expect(new Set(used.map(([, name]) => name))).toEqual(new Set(Object.keys(passwords)));
    for (const [name, value] of Object.entries(passwords)) expect(others[name]).not.toBe(value);
  });

  it("gives nodes known settings with valid values", () => {
    for (const [, { environment }] of nodes()) {
      // As Compose does for unset variables: the default after ":-", or an empty value. The passwords must be set.
      const settings = Object.fromEntries(
        Object.entries(environment!).map(([name, value]) => [
          name,
          value
            .replace(/\$\{\w+:-(.*?)\}/g, "$1")
            .replace(/\$\{(\w+):\?.*?\}/g, (_all, wanted: string) => passwords[wanted]!),
        ]),
      );
      expect(SETTING_NAMES).toEqual(expect.arrayContaining(Object.keys(settings)));
      const { mongoUrl, redisUrl, natsUrl, clusterSecrets } = loadConfig(settings);
      expect(clusterSecrets).toHaveLength(1);
      for (const url of [mongoUrl!, redisUrl!, natsUrl!]) expect(url).toMatch(/:[0-9a-f]{48}@/);
      const hosts = [mongoUrl!, redisUrl!, natsUrl!].flatMap((url) => url.split("/")[2]!.split("@")[1]!.split(","));
      for (const host of hosts) expect(Object.keys(compose.services)).toContain(host.split(":")[0]);
    }
  });

  it("refers only to existing services, volumes and files", async () => {
    for (const { depends_on = {}, volumes = [] } of Object.values(compose.services)) {
      expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(Object.keys(depends_on)));
      for (const [name, condition] of Object.entries(depends_on)) {
        const { healthcheck, build } = compose.services[name]!;
        // The nodes' health check is in the Dockerfile.
        if (JSON.stringify(condition).includes("healthy")) expect(healthcheck ?? build).toBeDefined();
      }
      for (const volume of volumes) {
        const [from] = volume.split(":");
        if (from!.startsWith("./")) expect((await stat(join(ROOT, from!))).isFile()).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(from);
      }
    }
  });

  it("gives the balancer the variables of its settings", async () => {
    const used = [...(await read("deploy/haproxy.cfg")).matchAll(/"\$\{(\w+)\}"/g)].map(([, name]) => name!);
    const { environment } = compose.services["balancer"]!;
    expect(new Set(used)).toEqual(new Set(Object.keys(environment!)));
    expect(environment).toMatchObject({ GATEWAY_1: "api-1:3000", GATEWAY_2: "api-2:3000" });
  });
});
