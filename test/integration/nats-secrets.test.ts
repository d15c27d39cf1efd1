import { expect, it } from "@jest/globals";
import { connect } from "nats";
import { startNats } from "../../dev/servers/index.ts";
import { connectLive, createApi, eventually, type Session, uniqueName } from "../helper.ts";
import { useNatsNodes } from "../support/nats-nodes.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith("nats-server");

const PASSWORDS = ["a secret of the first day", "a wrong guess at the secret", "a secret of the second day"] as const;

describe("messages between nodes", () => {
  const nats = useServer(() => startNats());
  const startNode = useNatsNodes(nats);

  it("hold no password, no token and no device cookie", async () => {
    const listener = await connect({ servers: nats().url });
    const heard: string[] = [];
    listener.subscribe(">", {
      callback: (_error, message) => void heard.push(Buffer.from(message.data).toString("latin1")),
    });
    await listener.flush();

    const [gateway] = await Promise.all([
      startNode("api,live"),
      startNode("users,graph,tweets,timeline,notifier,media"),
    ]);
    const api = createApi(gateway.url);
    await eventually(async () => expect((await api.get("/health/ready")).status).toBe(200));
    const username = uniqueName("alice");
    const [first, wrong, second] = PASSWORDS;
    const signup = await api.post<Session>("/auth/signup", { username, password: first });
    expect(signup.status).toBe(201);
    expect((await api.post("/auth/login", { username, password: wrong })).status).toBe(401);
    const login = await api.post<Session>("/auth/login", { username, password: first });
    const own = createApi(gateway.url, login.body.token);
    expect((await own.post("/user/password", { current: wrong, password: second })).status).toBe(403);
    expect((await own.post("/user/password", { current: first, password: second })).status).toBe(204);
    expect((await own.post("/tweet", { text: "hello" })).status).toBe(201);
    expect((await api.get("/feed", { cookie: `session=${login.body.token}` })).status).toBe(200);
    await connectLive(gateway.url, login.body.token);

    await listener.drain();
    const all = heard.join("\n");
    // The calls did travel between the nodes.
    for (const expected of [username, "users.login", "users.authenticate", "users.changePassword"]) {
      expect(all).toContain(expected);
    }
    const devices = [signup, login].flatMap(({ headers }) =>
      headers.getSetCookie().map((cookie) => cookie.split(/[=;]/)[1]!),
    );
    const secrets = [...PASSWORDS, signup.body.token, login.body.token, ...devices];
    expect(secrets.filter((secret) => secret.length > 8)).toHaveLength(9);
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
  });
});
