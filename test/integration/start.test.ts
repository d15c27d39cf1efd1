import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { createApi, createCast, eventually, temporaryFolder } from "../helper.ts";

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (name: string, env: Record<string, string> = {}) =>
  startServer({ DATA_DIR: join(folder, name), RATE_LIMIT_SCALE: "1000000", ...env });

/** Starts a server that must fail. @returns its message, which is never a stack trace */
async function refusal(name: string, env: Record<string, string> = {}): Promise<string> {
  const started: unknown = await start(name, env).catch((error: unknown) => error);
  if (!(started instanceof Error)) await (started as StartedServer).stop("SIGKILL");
  expect(started).toBeInstanceOf(Error);
  const { message } = started as Error;
  expect(message).not.toMatch(/^\s+at |node:internal/m);
  return message;
}

describe("a start", () => {
  it("names invalid settings", async () => {
    const said = await refusal("any", { PORT: "http", TRUST_PROXY: "yes" });
    expect(said).toMatch(/code 2/);
    expect(said).toMatch(/PORT: must be[^]*TRUST_PROXY: must be[^]*\.env\.example/);
  });

  it("reports a port that is in use", async () => {
    const other = createServer().listen(0, "0.0.0.0");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    expect(await refusal("port", { PORT: `${port}` })).toMatch(`Port ${port} on 0.0.0.0 is in use`);
    other.close();
    expect(await refusal("host", { HOST: "192.0.2.1" })).toMatch(/192\.0\.2\.1 can't be used \(EADDRNOTAVAIL\).*HOST/);
  });

  it("reports an unusable data folder", async () => {
    await writeFile(join(folder, "file"), "");
    expect(await refusal("file")).toMatch(/data folder .*file can't be used.*DATA_DIR/);
    expect(await refusal("file/below")).toMatch(/can't be used.*DATA_DIR/);
  });

  it("refuses a data folder that another process uses, and takes it after that process was killed", async () => {
    const first = await start("taken");
    const { alice } = await createCast(first.url, "alice");
    expect(await refusal("taken")).toMatch(/taken is in use by another Starling/);
    const tweet = await alice.tweet("undisturbed");
    await first.stop("SIGKILL");
    const second = await start("taken");
    expect((await createApi(second.url).get(`/tweet/${tweet.id}`)).status).toBe(200);
    await second.stop();
  });

  it("refuses a damaged store, and leaves it as it is", async () => {
    const first = await start("damaged");
    await first.stop();
    const file = join(folder, "damaged", "starling.sqlite");
    await writeFile(file, "damaged");
    expect(await refusal("damaged")).toMatch(/starling\.sqlite is damaged .*restore a backup/);
    expect(await readFile(file, "utf8")).toBe("damaged");
  });

  it("of an embedded server loads nothing that only a cluster, or a later request, needs", async () => {
    const report = `
      import { registerHooks } from "node:module";
      registerHooks({ load: (url, context, next) => (console.log("Loaded " + url), next(url, context)) });
      process.on("exit", () => console.log("Loaded " + process.moduleLoadList.join()));`;
    const server = await start("lean", { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}` });
    expect(await server.stop()).toBe(0);
    expect(server.output()).toMatch(/^Loaded .*services\/live\/live\.service\.ts$/m);
    expect(server.output()).toMatch(/^Loaded .*NativeModule http,/m);
    expect(server.output()).not.toMatch(
      /node_modules\/(mongodb|ioredis|nats|@aws-sdk|sharp|web-push|zod-openapi)\/|deps\/undici/,
    );
  });

  it("keeps compiled code for the next one, where only its user can write", async () => {
    const server = await start("compiled");
    await server.stop("SIGKILL");
    const folder = join(import.meta.dirname, "../../node_modules/.cache/starling");
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).not.toHaveLength(0);
  });

  it("takes an existing, empty data folder", async () => {
    await mkdir(join(folder, "empty"));
    expect(await (await start("empty")).stop()).toBe(0);
  });
});

describe("SIGTERM", () => {
  it("finishes requests in flight, keeps their writes, and exits with 0", async () => {
    const server = await start("stopped");
    const { alice } = await createCast(server.url, "alice");
    const tweets = Array.from({ length: 20 }, (_, n) => alice.tweet(`in flight ${n}`));
    await tweets[0];
    const stopped = server.stop();
    const ids = (await Promise.allSettled(tweets)).flatMap((one) => (one.status === "fulfilled" ? [one.value.id] : []));
    expect(await stopped).toBe(0);
    const again = await start("stopped");
    for (const id of ids) expect((await createApi(again.url).get(`/tweet/${id}`)).status).toBe(200);
    expect(await again.stop("SIGINT")).toBe(0);
  });

  it("ends the process at once the second time", async () => {
    const server = await start("impatient");
    const { alice } = await createCast(server.url, "alice");
    // An endless request delays the shutdown.
    const held = connect(Number(new URL(server.url).port), "localhost");
    const lines = ["POST /tweet HTTP/1.1", "Host: x", `Authorization: Bearer ${alice.token}`, "Content-Length: 100"];
    held.write(`${lines.join("\r\n")}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n\r\n`);
    await once(held, "data");
    process.kill(server.pid, "SIGTERM");
    await eventually(() => expect(server.output()).toMatch(/Once more ends at once/));
    expect(await server.stop("SIGTERM")).toBe(130);
    held.destroy();
  });
});
