// Uploads are their owner's alone until a tweet or a profile shows them.
import { beforeAll, describe, expect, it } from "@jest/globals";
import { connectLive, eventually, type Person, type Tweet, useStarling } from "../../helper.ts";
import { gradient, mp4 } from "../../support/files.ts";
import { tryUpload, upload } from "../../support/uploads.ts";

const starling = useStarling();
let alice: Person;
let bob: Person;
let picture: Buffer;
beforeAll(async () => {
  ({ alice, bob } = await starling.cast("alice", "bob"));
  picture = await gradient(16, 16).png().toBuffer();
});

/** The answers for a file and its preview. */
async function look(id: string, headers: Record<string, string> = {}, more: RequestInit = {}) {
  const answers = await Promise.all(
    [`/media/${id}`, `/media/${id}/preview`].map((path) => fetch(starling.url + path, { headers, ...more })),
  );
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  return answers.map(({ status, headers: got }) => `${status} ${got.get("cache-control")}`);
}

const bearer = ({ token }: Person) => ({ authorization: `Bearer ${token}` });
const PRIVATE = ["200 private, no-store", "200 private, no-store"];
const PUBLIC = ["200 public, max-age=31536000, immutable", "200 public, max-age=31536000, immutable"];
const MISSING = ["404 no-store", "404 no-store"];

describe("an upload", () => {
  it("is shown to its owner alone until a tweet shows it, then to everybody at once", async () => {
    const { id } = await upload(alice, picture);
    expect(await look(id)).toEqual(MISSING);
    expect(await look(id, bearer(bob))).toEqual(MISSING);
    expect(await look(id, { cookie: `session=${bob.token}` })).toEqual(MISSING);
    expect(await look(id, { cookie: "session=expired" })).toEqual(MISSING);
    expect(await look(id, bearer(alice))).toEqual(PRIVATE);
    expect(await look(id, { cookie: `session=${alice.token}` })).toEqual(PRIVATE);
    expect(await look(id, bearer(alice), { method: "HEAD" })).toEqual(PRIVATE);
    expect(await look(id, {}, { method: "HEAD" })).toEqual(MISSING);
    const part = await fetch(`${starling.url}/media/${id}`, { headers: { ...bearer(alice), range: "bytes=0-3" } });
    expect([part.status, part.headers.get("cross-origin-resource-policy")]).toEqual([206, "same-origin"]);
    expect((await fetch(`${starling.url}/media/${id}`, { headers: { "if-none-match": `"${id}"` } })).status).toBe(404);

    await alice.tweet("Look", { media: [id] });
    expect(await look(id)).toEqual(PUBLIC);
    expect(await look(id, bearer(bob))).toEqual(PUBLIC);
  });

  it("answers a bad token as other addresses do", async () => {
    const { id } = await upload(alice, picture);
    const status = async (path: string) =>
      (await fetch(starling.url + path, { headers: { authorization: "Bearer wrong" } })).status;
    expect([await status(`/media/${id}`), await status("/media/1")]).toEqual([401, 401]);
  });

  it("is public once it is an avatar", async () => {
    const { id } = await upload(alice, picture);
    expect(await look(id)).toEqual(MISSING);
    expect((await alice.api.patch("/user", { avatar: id })).status).toBe(200);
    expect(await look(id)).toEqual(PUBLIC);
  });

  it("stays its owner's after refused uses", async () => {
    const film = await upload(alice, mp4());
    expect((await alice.api.patch("/user", { avatar: film.id })).status).toBe(422);
    expect((await alice.api.post("/tweet", { text: "x".repeat(300), media: [film.id] })).status).toBe(422);
    expect((await alice.api.post("/tweet", { text: "x", media: [film.id, "1"] })).status).toBe(422);
    expect((await bob.api.post("/tweet", { text: "x", media: [film.id] })).status).toBe(422);
    expect(await look(film.id)).toEqual(MISSING);
    expect(await look(film.id, bearer(alice))).toEqual(PRIVATE);
  });

  it("can be fetched as soon as a follower is told of its tweet", async () => {
    const { carol, dave } = await starling.cast("carol", "dave");
    await dave.follow(carol);
    const live = await connectLive(starling.url, dave.token);
    const told = new Promise<string[]>((resolve) => {
      live.socket.on("tweet", ({ media }: Tweet) => resolve(look((media[0] as { id: string }).id)));
    });
    const { id } = await upload(carol, picture);
    await carol.tweet("At once", { media: [id] });
    expect(await told).toEqual(PUBLIC);
  });

  it("is gone for everybody with its tweet", async () => {
    const { id } = await upload(alice, picture);
    const tweet = await alice.tweet("Soon gone", { media: [id] });
    expect(await look(id)).toEqual(PUBLIC);
    await alice.untweet(tweet.id);
    await eventually(async () => expect(await look(id)).toEqual(MISSING));
  });

  it("is public for one tweet of two with the same picture and key", async () => {
    // Both tweets use the picture; the one that loses the key must not hide it.
    for (let round = 0; round < 5; round += 1) {
      const { id } = (await tryUpload(alice, picture)).body;
      const key = `twice-${id}`;
      const replies = await Promise.all(
        [1, 2, 3].map(() => alice.api.post<Tweet>(`/tweet/${key}`, { text: "Twice", media: [id] })),
      );
      expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
      expect(await look(id)).toEqual(PUBLIC);
    }
  });
});
