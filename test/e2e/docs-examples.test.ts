// Every example of /docs is run as it is printed, and answers as described and as its example shows.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import sharp from "sharp";
import { eventually, type Starling, startStarling, temporaryFolder } from "../helper.ts";
import { DEVICE, NOTIFICATION_ID, PASSWORD, PICTURE_ID } from "../../services/api/description/examples.ts";

interface Operation {
  operationId: string;
  responses: Record<string, { content?: Record<string, { schema: object; example?: unknown }> }>;
}

interface Description {
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
}

interface Answer {
  status: number;
  type: string;
  text: string;
}

/** Makes the examples possible: `run` sends one, the others do what other people and devices do meanwhile. */
type Step = string | ((world: World) => Promise<void>);

interface World {
  starling: Starling;
  run(name: string): Promise<void>;
  /** What stands in for the values of the examples, which only the server can give. */
  known: Map<string, string>;
  token: string;
}

const run = promisify(execFile);
const unescape = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

async function signIn(starling: Starling, path: string, body: object): Promise<string> {
  const reply = await starling.api.post<{ token: string }>(path, body);
  return reply.body.token;
}

const graceDoes = async (starling: Starling) => {
  const token = await signIn(starling, "/auth/signup", { username: "grace", password: "another sentence" });
  const headers = { authorization: `Bearer ${token}` };
  await starling.api.send("PUT", "/user/ada/follow", { headers });
};

const otherDevice = async ({ starling, known }: World) => {
  const token = await signIn(starling, "/auth/login", { username: "ada", password: PASSWORD });
  const { body } = await starling.api.get<{ sessions: { id: string; current: boolean }[] }>("/sessions", {
    authorization: `Bearer ${token}`,
  });
  known.set(DEVICE, body.sessions.find(({ current }) => current)!.id);
};

const newLogin = async (world: World) => {
  world.token = await signIn(world.starling, "/auth/login", { username: "ada", password: "an even longer sentence" });
};

const STEPS: Step[] = [
  ...["getLiveness", "getReadiness", "getPushKey", "signUp", "logIn", "getSession", "updateProfile"],
  ({ starling }) => graceDoes(starling),
  ...["createTweetWithKey", "getTweet", "getOembed", "uploadMedia", "describeMedia", "createTweet"],
  ...["getMediaFile", "getMediaPreview", "followUser", "getProfile", "findPeople", "listFollowers", "listFollowing"],
  ...["getFeed", "getOwnProfile", "listNotifications", "markNotificationsRead", "subscribeToPush"],
  ...["unsubscribeFromPush", "unfollowUser"],
  otherDevice,
  ...["listSessions", "endSession", "changePassword", "deleteTweet", "logOut"],
  newLogin,
  "endAllSessions",
];

/** Fails unless a value has the fields and types of the example. Null stands for anything. */
function expectShape(actual: unknown, example: unknown, where: string): void {
  if (actual === null || example === null) return;
  expect([where, Array.isArray(actual), typeof actual]).toEqual([where, Array.isArray(example), typeof example]);
  if (Array.isArray(example)) {
    if (example.length > 0) expectShape((actual as unknown[])[0], example[0], `${where}[0]`);
  } else if (typeof example === "object") {
    expect([where, Object.keys(actual as object).sort()]).toEqual([where, Object.keys(example).sort()]);
    for (const [name, value] of Object.entries(example)) {
      expectShape((actual as Record<string, unknown>)[name], value, `${where}.${name}`);
    }
  }
}

let folder: string;
let picture: Buffer;
beforeAll(async () => {
  folder = await temporaryFolder();
  picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  await writeFile(join(folder, "photo.png"), picture);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Send = (code: string, token: string) => Promise<Answer>;

async function curl(code: string, token: string): Promise<Answer> {
  const write = '\n--write-out "%{stderr}%{http_code} %{content_type}"';
  const command = `${code} -s${write.replace("\n", " ")}`;
  const { stdout, stderr } = await run("bash", ["-c", command], { cwd: folder, env: { ...process.env, TOKEN: token } });
  const [status = "", type = ""] = stderr.split(" ");
  return { status: Number(status), type: type.split(";")[0]!, text: stdout };
}

async function fetched(code: string, token: string): Promise<Answer> {
  const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => (...values: unknown[]) => unknown;
  const file = new File([new Uint8Array(picture)], "photo.png");
  const reply = (await new AsyncFunction("token", "file", `${code}\nreturn reply;`)(token, file)) as Response;
  const type = reply.headers.get("content-type") ?? "";
  return { status: reply.status, type: type.split(";")[0]!, text: await reply.text() };
}

describe.each<[language: string, send: Send]>([
  ["sh", curl],
  ["js", fetched],
])("the examples in %s", (language, send) => {
  let starling: Starling;
  beforeAll(async () => (starling = await startStarling({ LOG_LEVEL: "warn" })));
  afterAll(() => starling.stop());

  it("run as printed, and answer as described", async () => {
    const page = (await starling.api.get("/docs", { accept: "text/html" })).text;
    const { body: description } = await starling.api.get<Description>("/openapi.json");
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    ajv.addSchema(description, "api");
    const operations = new Map(
      Object.values(description.paths).flatMap((path) => Object.values(path).map((each) => [each.operationId, each])),
    );
    const origin = description.servers[0]!.url;
    const known = new Map<string, string>();
    const done: string[] = [];

    const world: World = {
      starling,
      known,
      token: "",
      async run(name) {
        const section = page.slice(page.indexOf(`<section id="${name}">`)).split("</section>")[0]!;
        const [, found = ""] = new RegExp(`<pre class="${language}"><code\\s*>([^]*?)</code\\s*>`).exec(section) ?? [];
        let code = unescape(found)
          .replaceAll(origin, starling.url)
          .replaceAll(encodeURIComponent(origin), encodeURIComponent(starling.url));
        for (const [example, real] of known) code = code.replaceAll(example, real);
        const answer = await send(code, world.token);
        const { responses } = operations.get(name)!;
        expect([name, Object.keys(responses), answer.status < 300, answer.text]).toEqual([
          name,
          expect.arrayContaining([String(answer.status)]),
          true,
          expect.any(String),
        ]);
        done.push(name);
        const described = responses[answer.status]!.content?.[answer.type];
        if (!answer.type.endsWith("json")) return;
        const body = JSON.parse(answer.text) as Record<string, unknown>;
        const validate = ajv.compile(
          JSON.parse(JSON.stringify(described!.schema).replaceAll('"#/', '"api#/')) as object,
        );
        expect([name, validate(body), validate.errors]).toEqual([name, true, null]);
        expectShape(body, described!.example, name);
        if (typeof body["token"] === "string") world.token = body["token"];
        if (name === "uploadMedia") known.set(PICTURE_ID, body["id"] as string);
        const [newest] = (body["notifications"] as { id: string }[] | undefined) ?? [];
        if (newest) known.set(NOTIFICATION_ID, newest.id);
      },
    };
    for (const step of STEPS) await (typeof step === "string" ? world.run(step) : step(world));
    expect(done.sort()).toEqual([...operations.keys()].sort());
  });
});

describe("getting started", () => {
  let starling: Starling;
  beforeAll(async () => (starling = await startStarling({ LOG_LEVEL: "warn" })));
  afterAll(() => starling.stop());

  it("runs as printed, one block after the other", async () => {
    const page = (await starling.api.get("/docs", { accept: "text/html" })).text;
    const { body } = await starling.api.get<Description>("/openapi.json");
    const blocks = (language: string) =>
      [...page.matchAll(new RegExp(`<pre class="${language} start"><code\\s*>([^]*?)</code\\s*>`, "g"))].map(
        ([, code = ""]) => unescape(code).replaceAll(body.servers[0]!.url, starling.url),
      );
    const commands = ["set -euo pipefail", ...blocks("sh"), 'echo; echo "TOKEN $TOKEN"'].join("\n");
    expect(blocks("sh").length).toBeGreaterThan(2);
    const { stdout } = await run("bash", ["-c", commands]);
    // The second page has the first tweet.
    expect(stdout).toMatch(/"next":null|Hello, world![^]*Hello, world!/);
    const [, token = ""] = /^TOKEN (\S+)$/m.exec(stdout) ?? [];
    const [code = ""] = blocks("js");
    const script = spawn(process.execPath, ["--input-type=module", "-e", code], {
      cwd: join(import.meta.dirname, "../.."),
      env: { ...process.env, TOKEN: token },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    script.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    try {
      await eventually(() => expect(output).toContain("connected"));
      await starling.api.send("POST", "/tweet", {
        json: { text: "live" },
        headers: { authorization: `Bearer ${token}` },
      });
      await eventually(() => expect(output).toContain("maria live"));
    } finally {
      const ended = once(script, "exit");
      script.kill();
      await ended;
    }
  });
});
