import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { freePort } from "../../dev/servers/ports.ts";
import { type StartedServer, startServer } from "../../dev/start.ts";
import { createCast, eventually, temporaryFolder } from "../helper.ts";

// Starling as a Moleculer user knows it: the runner, the console, metrics and traces.

const ROOT = join(import.meta.dirname, "../..");

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a node in a terminal", () => {
  let child: ChildProcess | undefined;
  let output = "";

  function start(command: string, args: string[], env: Record<string, string>): void {
    output = "";
    // A process group of its own lets afterEach kill the node, too: a shell and npx stand between this process and it.
    child = spawn(command, args, { cwd: ROOT, detached: true, env: { ...process.env, DATA_DIR: folder, ...env } });
    for (const stream of [child.stdout!, child.stderr!])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }

  afterEach(async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    process.kill(-child.pid!, "SIGKILL");
    await gone;
  });

  it.each([
    ["moleculer-runner", "bash", ["-c", "npx moleculer-runner --repl --hot services/**/*.service.ts"]],
    ["npm run repl", "npm", ["run", "repl"]],
  ])("runs under %s, with our actions in reach of its console", async (_, command, args) => {
    const port = `${await freePort()}`;
    start(command, args, { PORT: port });
    const url = `http://localhost:${port}`;
    await eventually(async () => expect((await fetch(`${url}/health/ready`)).status).toBe(200));
    const { alice } = await createCast(url, "alice");
    child!.stdin!.write(`call users.byUsername --username ${alice.username}\n`);
    await eventually(() =>
      expect(stripVTControlCharacters(output)).toMatch(new RegExp(`Response:[^]*username: '${alice.username}'`)),
    );
  });
});

describe("METRICS and TRACING", () => {
  let server: StartedServer | undefined;
  afterEach(async () => {
    await server?.stop();
  });

  it("gives Prometheus the number of calls of each action", async () => {
    const port = await freePort();
    server = await startServer({ DATA_DIR: folder, METRICS: "true", METRICS_PORT: `${port}` });
    await createCast(server.url, "alice");
    const text = await (await fetch(`http://localhost:${port}/metrics`)).text();
    expect(text).toMatch(/^moleculer_request_total\{.*action="users\.signup".*\} [1-9]/m);
  });

  it("sends the spans of a tweet to a collector, from the request to the feeds under one id", async () => {
    const spans: { name: string; traceId: string }[] = [];
    const collector = createServer((req, res) => {
      let body = "";
      req.on("data", (chunk: Buffer) => (body += chunk.toString()));
      req.on("end", () => {
        spans.push(...(JSON.parse(body) as typeof spans));
        res.end();
      });
    }).listen(0);
    await once(collector, "listening");
    try {
      const { port } = collector.address() as AddressInfo;
      server = await startServer({ DATA_DIR: folder, TRACING: `http://localhost:${port}` });
      const { alice } = await createCast(server.url, "alice");
      await alice.tweet("Hello");
      // Although the job goes through the channel, its calls still belong to the request's trace.
      await eventually(() => {
        const traceOf = (name: string) => spans.filter((span) => span.name.includes(name)).map((span) => span.traceId);
        const [created] = traceOf("tweets.create");
        expect(created).toBeDefined();
        expect(traceOf("graph.audiences")).toContain(created);
      });
    } finally {
      collector.close();
    }
  });
});
