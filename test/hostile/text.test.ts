// Texts that are long to read, show nothing, or deceive: in tweets, names, bios, places and descriptions.
import { expect, test } from "@jest/globals";
import { createApi } from "../support/client.ts";
import { type Person, PASSWORD, uniqueName } from "../support/cast.ts";
import { gradient } from "../support/files.ts";
import { expectInvalid, expectProblem } from "../support/problem.ts";
import type { Tweet, User } from "../support/shapes.ts";
import { useTarget } from "../support/target.ts";
import { tryUpload } from "../support/uploads.ts";

const target = useTarget({ RATE_LIMIT_SCALE: "1000" });

const post = (who: Person, json: unknown) => who.api.post<Tweet>("/tweet", json);
const patch = (who: Person, json: unknown) => who.api.patch<User>("/user", json);
const signUpAs = (displayName: string) =>
  createApi(target.url).post<{ user: User }>("/auth/signup", {
    username: uniqueName(),
    password: PASSWORD,
    displayName,
  });

/** The clients of these tests keep their connections open for the next request. */
const CLIENTS = { descriptors: 25 };

/** Almost 10,000 characters of a repeated unit. */
const long = (unit: string) => unit.repeat(10_000 / unit.length);

/** Texts of characters that show nothing. */
const NOTHING = [
  ..."\u200b \u200b\u200b \u200d \u200c \u2060 \u00ad\u00ad \u034f \u3164 \uffa0 \u115f\u1160 \u2800 \ufe0f".split(" "),
  ..."\u{e0100} \u202e \u2066\u2069 \u061c \u180e \u2063 \u{e0041} \ufffc \ue000 \u{1d159} \u0085".split(" "),
  "\u00a0",
  "\u3000",
  "\ufeff",
  " \u200b\u2800\u3000\u00ad ",
];

/** Characters that no text may contain, in the middle of a text. */
const FORBIDDEN = [
  "\ufffe",
  "\uffff",
  "\ufdd0",
  "\ufdef",
  "\u{1fffe}",
  "\u{10ffff}",
  "\ufeff",
  "\u0000",
  "\ud800",
  "\u001b",
];

test("texts that a pattern reads again and again hold up nobody", async () => {
  const { alice } = await target.cast("alice");
  const units = [
    "日.",
    "日",
    "a.",
    "a.日.",
    "👩‍👩‍👧‍👦.",
    "\u0301\u0316",
    "@a",
    "#1",
    "a_.",
    ".com",
    "a.co/(",
    "\u0f71\u0f72\u0f74",
  ];
  const texts = [...units.map(long), `${long("日")}.`.slice(1), `https://example.com/${"(a)".repeat(3320)}`];
  const replies = await target.underAttack(
    () => Promise.all([...texts, ...texts.slice(0, 6)].map((text) => post(alice, { text }))),
    CLIENTS,
  );
  for (const reply of replies) expectInvalid(reply, "text");
  expect(replies.map(({ text }) => text)).toEqual(
    replies.map(() => expect.stringContaining("(counted as Twitter does); got")),
  );
});

test("a long tweet of a few URLs is taken, shown and embedded", async () => {
  const { alice } = await target.cast("alice");
  const urls = ["(a)", "a.", "б.com/"].map((unit) => `https://example.com/${unit.repeat(1300 / unit.length)}`);
  const text = [...urls, `${"a.".repeat(1500)}com`, "https://example.com/end"].join(" ");
  await target.underAttack(async () => {
    const { status, body } = await post(alice, { text });
    expect([status, body.text === text]).toEqual([201, true]);
    const page = await createApi(target.url).send("GET", `/tweet/${body.id}`, { headers: { accept: "text/html" } });
    expect([page.status, page.text.includes(`href="${urls[0]}"`)]).toEqual([200, true]);
    const embedded = await alice.api.get<{ html: string }>(`/oembed?url=${encodeURIComponent(body.url)}`);
    expect([embedded.status, embedded.body.html.includes(`href="${urls[0]}"`)]).toEqual([200, true]);
  });
});

test("a name or a tweet of invisible characters alone is refused", async () => {
  const { alice } = await target.cast("alice");
  await target.underAttack(async () => {
    for (const nothing of NOTHING) {
      expectInvalid(await signUpAs(nothing), "displayName");
      expectInvalid(await patch(alice, { displayName: nothing }), "displayName");
      expectInvalid(await post(alice, { text: nothing }), "text");
    }
  });
  expect((await alice.api.get<{ user: User }>("/user")).body.user).toMatchObject({
    displayName: "alice",
    tweetsCount: 0,
  });
});

test("a bio, a description or a name of a place that shows nothing counts as none", async () => {
  const { alice } = await target.cast("alice");
  const png = await gradient(10, 10).png().toBuffer();
  await target.underAttack(async () => {
    for (const nothing of ["", " ", ...NOTHING]) {
      expect(await patch(alice, { bio: nothing })).toMatchObject({ status: 200, body: { bio: "" } });
      const location = { lat: 1, lon: 2 };
      const tweet = { text: "here", location: { ...location, name: nothing }, metadata: { client: nothing } };
      const { status, body } = await post(alice, tweet);
      expect([status, body.location, body.metadata]).toEqual([201, location, {}]);
    }
    for (const nothing of [" ", "\u200b", "\u3164"]) {
      const upload = await tryUpload(alice, png, { alt: nothing });
      expect([upload.status, upload.body.alt]).toEqual([201, null]);
      const described = await alice.api.patch<{ alt: null }>(`/media/${upload.body.id}`, { alt: nothing });
      expect([described.status, described.body.alt]).toEqual([200, null]);
    }
  });
});

test("texts with noncharacters and control characters are refused, a byte order mark at the beginning is removed", async () => {
  const { alice } = await target.cast("alice");
  const upload = await tryUpload(alice, await gradient(10, 10).png().toBuffer());
  await target.underAttack(async () => {
    for (const character of FORBIDDEN) {
      const bad = `a${character}b`;
      expectInvalid(await signUpAs(bad), "displayName");
      expectInvalid(await patch(alice, { displayName: bad }), "displayName");
      expectInvalid(await patch(alice, { bio: bad }), "bio");
      expectInvalid(await post(alice, { text: bad }), "text");
      expectInvalid(await post(alice, { text: "a", location: { lat: 1, lon: 2, name: bad } }), "location");
      expectInvalid(await post(alice, { text: "a", metadata: { client: bad } }), "metadata");
      expectInvalid(await alice.api.patch(`/media/${upload.body.id}`, { alt: bad }), "alt");
    }
  });
  expect((await post(alice, { text: "\ufeffhello" })).body.text).toBe("hello");
  expect((await patch(alice, { displayName: "\ufeffAlice", bio: "\ufeffhello" })).body).toMatchObject({
    displayName: "Alice",
    bio: "hello",
  });
});

test("names lose what deceives, and keep what scripts and emoji need; texts keep both", async () => {
  const { alice } = await target.cast("alice");
  await target.underAttack(async () => {
    for (const [given, kept] of [
      ["admin\u202egpj.exe", "admingpj.exe"],
      ["\u2066bob\u2069\u200f", "bob"],
      ["a\u200bl\u200di\u00adce\u2060", "alice"],
      ["می‌خواهم", "می‌خواهم"],
      ["👩‍👩‍👧‍👦 ❤️‍🔥 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧‍👦 ❤️‍🔥 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿"],
    ] as const) {
      const signedUp = await signUpAs(given);
      expect([signedUp.status, signedUp.body.user.displayName]).toEqual([201, kept]);
      expect(await patch(alice, { displayName: given })).toMatchObject({ status: 200, body: { displayName: kept } });
      const tweet = await post(alice, { text: given });
      expect([tweet.status, tweet.body.text]).toEqual([201, given]);
    }
  });
});

test("a body of thousands of unknown fields gets a short answer", async () => {
  const { alice } = await target.cast("alice");
  const fields = Object.fromEntries(Array.from({ length: 6000 }, (_, index) => [index.toString(36), 1]));
  const reply = await target.underAttack(() => post(alice, { text: "a", ...fields, ["x".repeat(9000)]: 1 }));
  expectProblem(reply, 400, "UNKNOWN_FIELD");
  expect(reply.text.length).toBeLessThan(5000);
});

test("a query of thousands of parameters is read once", async () => {
  const names = Array.from({ length: 3000 }, (_, index) => `x${index.toString(36)}`).join("&");
  const replies = await target.underAttack(
    () => Promise.all(Array.from({ length: 20 }, () => createApi(target.url).get(`/users?limit=5&${names}`))),
    CLIENTS,
  );
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
});
