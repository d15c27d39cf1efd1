import { beforeAll, describe, expect, it } from "@jest/globals";
import type { Media } from "../../contract/shapes.ts";
import { createCast, eventually, type Person, type Problem, type Tweet, type User } from "../helper.ts";
import { gradient, jpegWithGps, mp4 } from "../support/files.ts";
import { useMediaServer } from "../support/media-server.ts";
import { fetchFile, upload } from "../support/uploads.ts";

const server = useMediaServer();
let alice: Person;
let bob: Person;
beforeAll(async () => {
  ({ alice, bob } = await createCast(server.url, "alice", "bob"));
});

const filesOf = async ({ id }: Media) => (await server.files()).filter((name) => name.includes(id));

describe("a tweet", () => {
  it("shows its media in every list, even after the time of the sweep", async () => {
    const picture = await upload(alice, await gradient(64, 32).png().toBuffer(), { alt: "One" });
    const film = await upload(alice, mp4());
    const key = `with-media-${picture.id}`;
    const content = { text: "", media: [picture.id, film.id] };
    const tweet = await alice.api.post<Tweet>(`/tweet/${key}`, content);
    expect([tweet.status, tweet.body.media]).toEqual([201, [picture, film]]);
    const again = await alice.api.post<Tweet>(`/tweet/${key}`, content);
    expect([again.status, again.body.id]).toEqual([200, tweet.body.id]);
    expect((await alice.api.post(`/tweet/${key}`, { text: "", media: [film.id] })).status).toBe(409);
    for (const path of [`/tweet/${key}`, `/tweet/${tweet.body.id}`]) {
      expect((await bob.api.get<Tweet>(path)).body.media).toEqual([picture, film]);
    }
    const unused = await upload(alice, await gradient(16, 16).png().toBuffer());
    await eventually(async () => expect((await fetchFile(alice, unused.url)).status).toBe(404));
    expect(await filesOf(unused)).toEqual([]);
    expect((await fetchFile(alice, picture.url)).status).toBe(200);
    await alice.untweet(tweet.body.id);
    await eventually(async () => {
      for (const media of [picture, film]) {
        expect((await fetchFile(alice, media.url)).status).toBe(404);
        expect(await filesOf(media)).toEqual([]);
      }
    });
  });

  it("accepts only media of its author, each once, at most four", async () => {
    const picture = await upload(alice, await gradient(16, 16).png().toBuffer());
    const stolen = await bob.api.post<Problem>("/tweet", { text: "mine", media: [picture.id] });
    expect([stolen.status, stolen.body.errors?.[0]?.field]).toEqual([422, "media"]);
    for (const media of [["1"], [picture.id, picture.id], Array<string>(5).fill(picture.id)]) {
      expect((await alice.api.post("/tweet", { text: "x", media })).status).toBe(422);
    }
    await alice.tweet("once", { media: [picture.id] });
    const second = await alice.tweet("and once more", { media: [picture.id] });
    await alice.untweet(second.id);
    expect((await fetchFile(alice, picture.url)).status).toBe(200);
  });

  it("keeps its media when its key is taken", async () => {
    const key = `taken-${alice.id}`;
    await bob.api.post(`/tweet/${key}`, { text: "bob's" });
    const picture = await upload(alice, await gradient(16, 16).png().toBuffer());
    expect((await alice.api.post(`/tweet/${key}`, { text: "x", media: [picture.id] })).status).toBe(409);
    expect((await alice.tweet("with another", { media: [picture.id] })).media).toEqual([picture]);
  });
});

describe("an avatar", () => {
  it("is one of the user's own pictures, and is deleted when replaced", async () => {
    const [first, second] = [
      await upload(bob, await gradient(64, 64).png().toBuffer()),
      await upload(bob, await jpegWithGps()),
    ];
    const set = (avatar: string | null) => bob.api.patch<User>("/user", { avatar });
    expect((await set(first.id)).body.avatarUrl).toBe(first.previewUrl);
    expect((await alice.api.get<{ user: User }>(`/user/${bob.username}`)).body.user.avatarUrl).toBe(first.previewUrl);
    for (const bad of [
      "1",
      "x",
      (await upload(alice, await gradient(8, 8).png().toBuffer())).id,
      (await upload(bob, mp4())).id,
    ]) {
      expect((await set(bad)).status).toBe(422);
    }
    expect((await fetchFile(bob, first.previewUrl)).status).toBe(200);
    expect((await bob.tweet("with a face")).author.avatarUrl).toBe(first.previewUrl);
    expect((await set(second.id)).body.avatarUrl).toBe(second.previewUrl);
    await eventually(async () => expect((await fetchFile(bob, first.url)).status).toBe(404));
    expect((await set(null)).body.avatarUrl).toBeNull();
    await eventually(async () => expect((await fetchFile(bob, second.url)).status).toBe(404));
  });
});
