// Every endpoint, asked by one user for what belongs to another. A new endpoint without an entry here fails.
import { beforeAll, expect, test } from "@jest/globals";
import { createApi, PASSWORD, type Person, type Reply, type Tweet } from "../helper.ts";
import { type Door, endpointsOf, type Request, sendAs } from "../support/endpoints.ts";
import { publicPushKeys } from "../support/push-crypto.ts";
import { useTarget } from "../support/target.ts";
import { ALT, createVictim, stateOf, type Victim } from "../support/victim.ts";

const target = useTarget({ RATE_LIMIT_SCALE: "1000" });

let victim: Victim;
let mallory: Person;
let doors: Door[];
beforeAll(async () => {
  victim = await createVictim(target);
  ({ mallory } = await target.cast("mallory"));
  doors = await endpointsOf(target.url);
});

/** A request that names something of the victim's, and the statuses that are right. */
interface Attempt extends Request {
  readonly right: readonly number[];
  /** Checks an answer that tells something. */
  readonly shows?: (reply: Reply<Record<string, unknown>>) => void;
}

/** What an endpoint that reads does with names of others in a query: it ignores them. */
const WHO = () =>
  `userId=${victim.who.id}&user=${victim.who.username}&username=${victim.who.username}&id=${victim.who.id}`;
const ownOnly = (path: string): Attempt => ({
  path: `${path}?${WHO()}`,
  right: [200],
  shows: ({ text }) => {
    expect(text).not.toContain(victim.who.id);
    expect(text).not.toContain(victim.sessionId);
  },
});
/** A change of the caller's own, with names of the victim in the body, which are refused. */
const notFor = (path: string, json: Record<string, unknown>): Attempt[] =>
  ["userId", "authorId", "ownerId", "username", "id", "followerId", "sessionId"]
    .filter((name) => !(name in json))
    .map((name) => ({
      path,
      json: { ...json, [name]: name === "username" ? victim.who.username : victim.who.id },
      right: [400],
    }));

/** For each endpoint: the attempts, or why nothing there belongs to anybody. */
const TABLE: Record<string, string | (() => Attempt[])> = {
  "POST /auth/signup": () => [
    { path: "/auth/signup", json: { username: victim.who.username, password: PASSWORD }, right: [409] },
    { path: "/auth/signup", json: { username: victim.who.username.toUpperCase(), password: PASSWORD }, right: [409] },
  ],
  "POST /auth/login": () => [
    { path: "/auth/login", json: { username: victim.who.username, password: "not the password" }, right: [401] },
  ],
  "POST /auth/logout": () => notFor("/auth/logout", {}),
  "POST /auth/logout-all": () => notFor("/auth/logout-all", {}),
  "GET /auth/session": () => [ownOnly("/auth/session")],
  "GET /sessions": () => [ownOnly("/sessions")],
  "DELETE /sessions/:id": () => [{ path: `/sessions/${victim.sessionId}`, right: [404] }],
  "POST /user/password": () => notFor("/user/password", { current: PASSWORD, password: "a new battery staple" }),
  "POST /tweet": () => [
    { path: "/tweet", json: { text: "x", media: [victim.draft.id] }, right: [422] },
    { path: "/tweet", json: { text: "x", media: [victim.picture.id] }, right: [422] },
    ...notFor("/tweet", { text: "x" }),
  ],
  "POST /tweet/:id": () => [
    { path: `/tweet/${victim.key}`, json: { text: "Mine", media: [victim.picture.id] }, right: [409, 422] },
    { path: `/tweet/${victim.key}`, json: { text: "x" }, right: [409] },
    { path: `/tweet/${victim.tweet.id}`, json: { text: "x", media: [victim.draft.id] }, right: [409] },
  ],
  "GET /tweet/:id": "tweets are public",
  "DELETE /tweet/:id": () => [
    { path: `/tweet/${victim.tweet.id}`, right: [403] },
    { path: `/tweet/${victim.key}`, right: [403] },
    { path: `/tweet/0${victim.tweet.id}`, right: [403, 404] },
  ],
  "GET /feed": () => [ownOnly("/feed")],
  "GET /user": () => [ownOnly("/user")],
  "PATCH /user": () => [
    { path: "/user", json: { avatar: victim.draft.id }, right: [422] },
    { path: "/user", json: { avatar: victim.picture.id }, right: [422] },
    ...notFor("/user", { bio: "x" }),
  ],
  "GET /user/:username": "profiles are public",
  "PUT /user/:username/follow": () => notFor(`/user/${victim.friend.username}/follow`, { notify: false }),
  "DELETE /user/:username/follow": () => [
    ...notFor(`/user/${victim.friend.username}/follow`, {}),
    { path: `/user/${victim.friend.username}/follow?${WHO()}`, right: [200] },
  ],
  "GET /user/:username/followers": "lists of followers are public",
  "GET /user/:username/following": "lists of follows are public",
  "GET /users": "people are public",
  "POST /media": "a new upload is the caller's; its form takes no other field, see uploads",
  "PATCH /media/:id": () => [
    { path: `/media/${victim.draft.id}`, json: { alt: "x" }, right: [404] },
    { path: `/media/${victim.picture.id}`, json: { alt: "x" }, right: [404] },
    ...notFor(`/media/${victim.draft.id}`, { alt: "x" }),
  ],
  "GET /media/:id": "pictures in tweets are public",
  "GET /media/:id/preview": "pictures in tweets are public",
  "GET /oembed": "tweets are public",
  "GET /notifications": () => [ownOnly("/notifications")],
  "POST /notifications/read": () => [
    { path: "/notifications/read", json: { upTo: victim.notification.id }, right: [204] },
    ...notFor("/notifications/read", { upTo: victim.notification.id }),
  ],
  "GET /push/key": "the key is public",
  "POST /push/subscription": () =>
    notFor("/push/subscription", { endpoint: "https://push.example.com/mallory", keys: publicPushKeys() }),
  "DELETE /push/subscription": () => [
    { path: "/push/subscription", json: { endpoint: victim.endpoint }, right: [204] },
    ...notFor("/push/subscription", { endpoint: victim.endpoint }),
  ],
  "GET /health/live": "there is one health for all",
  "GET /health/ready": "there is one health for all",
};

test("every endpoint has an entry", () => {
  expect(doors.map(({ name }) => name).sort()).toEqual(Object.keys(TABLE).sort());
});

test("another user gets and changes nothing", async () => {
  const before = await stateOf(victim);
  await target.underAttack(async () => {
    for (const { name, method } of doors) {
      const attempts = TABLE[name]!;
      for (const attempt of typeof attempts === "string" ? [] : attempts()) {
        const reply = await sendAs(mallory, method, attempt);
        expect({ name, attempt, status: reply.status, text: reply.text }).toEqual({
          name,
          attempt,
          status: attempt.right.find((status) => status === reply.status) ?? attempt.right,
          text: expect.any(String),
        });
        attempt.shows?.(reply);
      }
    }
  });
  expect(await stateOf(victim)).toEqual(before);
  expect(
    (await createApi(target.url).post("/auth/login", { username: victim.who.username, password: PASSWORD })).status,
  ).toBe(200);
});

test("a visitor gets and changes nothing", async () => {
  const before = await stateOf(victim);
  const visitor = { api: createApi(target.url) };
  for (const { name, method, auth } of doors) {
    const attempts = TABLE[name]!;
    if (auth !== "required" || typeof attempts === "string") continue;
    for (const attempt of attempts()) {
      expect([name, (await sendAs(visitor, method, attempt)).status]).toEqual([name, 401]);
    }
  }
  // Each names the caller's token in a place that is none.
  const { token } = mallory;
  for (const path of [`/feed?token=${token}`, `/feed?access_token=${token}`, `/feed?auth[token]=${token}`]) {
    expect((await visitor.api.get(path)).status).toBe(401);
  }
  expect(await stateOf(victim)).toEqual(before);
});

test("the victim's draft is still the victim's to use, as it was", async () => {
  const { who, draft } = victim;
  const reply = await who.api.post<Tweet>("/tweet", { text: "", media: [draft.id] });
  expect(reply.status).toBe(201);
  expect(reply.body.media).toMatchObject([{ id: draft.id, alt: ALT }]);
});

test("a token counts only as long as its session", async () => {
  const { who, sessionId } = victim;
  expect((await who.api.delete(`/sessions/${sessionId}`)).status).toBe(204);
  expect((await mallory.api.post("/auth/logout-all")).status).toBe(204);
  expect((await mallory.api.get("/feed")).status).toBe(401);
  expect((await who.api.get("/feed")).status).toBe(200);
});
