import { beforeAll, describe, expect, it } from "@jest/globals";
import {
  eventually,
  expectInvalid,
  readAll,
  readAllIds,
  useStarling,
  type NotificationsPage,
  type Person,
  type Tweet,
  type TweetsPage,
  type UsersPage,
} from "../../helper.ts";

const COUNT = 25;
const LIMITS = [1, 3, 5, 7, 24, 25, 26, 100];

const starling = useStarling();
let alice: Person;
let bob: Person;
let people: Person[];
/** Alice's tweets, newest first. */
let tweets: Tweet[];

beforeAll(async () => {
  ({ alice, bob } = await starling.cast("alice", "bob"));
  await bob.follow(alice);
  tweets = [];
  for (let n = 0; n < COUNT; n += 1) tweets.unshift(await alice.tweet(`tweet ${n}`));
  people = Object.values(await starling.cast("p1", "p2", "p3", "p4", "p5", "p6", "p7"));
  for (const person of people) {
    await person.follow(alice);
    await bob.follow(person);
  }
});

const ids = (items: { id: string }[]) => items.map((item) => item.id);

describe("all pages joined are the whole list", () => {
  it.each(LIMITS)("of a profile, by %i", async (limit) => {
    for (const api of [starling.api, alice.api, bob.api]) {
      expect(await readAllIds(api, `/user/${alice.username}`, "tweets", limit)).toEqual(ids(tweets));
    }
    expect(await readAllIds(alice.api, "/user", "tweets", limit)).toEqual(ids(tweets));
  });

  it.each(LIMITS)("of a feed, by %i", async (limit) => {
    await eventually(async () => {
      expect(await readAllIds(bob.api, "/feed", "tweets", limit)).toEqual(ids(tweets));
    });
    expect(await readAllIds(alice.api, "/feed", "tweets", limit)).toEqual(ids(tweets));
  });

  it.each([1, 2, 3, 7, 8, 9, 100])("of followers and following, newest first, by %i", async (limit) => {
    const followers = await readAllIds(starling.api, `/user/${alice.username}/followers`, "users", limit);
    expect(followers).toEqual([...ids(people).reverse(), bob.id]);
    const following = await readAllIds(bob.api, `/user/${bob.username}/following`, "users", limit);
    expect(following).toEqual([...ids(people).reverse(), alice.id]);
  });

  it.each(LIMITS)("of notifications, by %i", async (limit) => {
    await eventually(async () => {
      const all = await readAll<NotificationsPage["notifications"][0]>(
        bob.api,
        "/notifications",
        "notifications",
        limit,
      );
      expect(all.map((each) => each.tweet?.id)).toEqual(ids(tweets));
      expect(new Set(ids(all)).size).toBe(COUNT);
    });
  });
});

describe("?limit=, ?before= and ?after=", () => {
  const page = async (path: string) => {
    const reply = await bob.api.get<TweetsPage>(path);
    expect([reply.status, reply.text]).toEqual([200, expect.any(String)]);
    return reply.body;
  };
  const lists = () => ["/feed", `/user/${alice.username}`];

  it("give 20 entries by default", async () => {
    await eventually(async () => {
      for (const path of lists()) {
        const first = await page(path);
        expect(ids(first.tweets)).toEqual(ids(tweets.slice(0, 20)));
        expect(first.next).not.toBeNull();
        expect(ids((await page(first.next!)).tweets)).toEqual(ids(tweets.slice(20)));
      }
    });
  });

  it("accept any position in the list", async () => {
    await eventually(async () => {
      for (const path of lists()) {
        const [newer, older] = [tweets[5]!.id, tweets[15]!.id];
        expect(ids((await page(`${path}?before=${older}&limit=3`)).tweets)).toEqual(ids(tweets.slice(16, 19)));
        expect(ids((await page(`${path}?after=${newer}`)).tweets)).toEqual(ids(tweets.slice(0, 5)));
        const between = await page(`${path}?after=${older}&before=${newer}`);
        expect(ids(between.tweets)).toEqual(ids(tweets.slice(6, 15)));
      }
    });
  });

  it("accept any user in a list of users", async () => {
    const [newer, older] = [people[5]!.id, people[1]!.id];
    for (const path of [`/user/${alice.username}/followers`, `/user/${bob.username}/following`]) {
      const users = async (query: string) => ids((await bob.api.get<UsersPage>(`${path}?${query}`)).body.users);
      const whole = await users("limit=100");
      const place = (id: string) => whole.indexOf(id);
      expect(await users(`before=${newer}`)).toEqual(whole.slice(place(newer) + 1));
      expect(await users(`after=${older}`)).toEqual(whole.slice(0, place(older)));
      expect(await users(`before=${newer}&after=${older}`)).toEqual(whole.slice(place(newer) + 1, place(older)));
      const { next } = (await bob.api.get<UsersPage>(`${path}?limit=2&before=${newer}&after=${older}`)).body;
      const second = await bob.api.get<UsersPage>(next!);
      expect([ids(second.body.users), second.body.next]).toEqual([whole.slice(place(newer) + 3, place(older)), null]);
    }
  });

  it("end at both ends of the list", async () => {
    for (const path of lists()) {
      expect(await page(`${path}?after=${tweets[0]!.id}`)).toMatchObject({ tweets: [] });
      expect(await page(`${path}?before=${tweets.at(-1)!.id}`)).toMatchObject({ tweets: [], next: null });
      expect(await page(`${path}?before=1`)).toMatchObject({ tweets: [], next: null });
    }
  });

  it("accept ids of tweets that are not in the list", async () => {
    const { carol } = await starling.cast("carol");
    const foreign = await carol.tweet("elsewhere");
    await eventually(async () => {
      for (const path of lists()) {
        const all = await page(`${path}?before=${foreign.id}&limit=100`);
        expect(ids(all.tweets)).toEqual(ids(tweets));
      }
    });
  });

  it("give an empty page without `next` for an empty list", async () => {
    const { carol } = await starling.cast("carol");
    const empty = await carol.api.get<TweetsPage>("/feed");
    expect(empty.body).toEqual({ tweets: [], next: null });
    expect((await carol.api.get("/user")).body).toMatchObject({ tweets: [], next: null });
    const none = { notifications: [], unread: 0, unreadGroups: [], next: null };
    expect((await carol.api.get("/notifications")).body).toEqual(none);
    for (const list of ["followers", "following"]) {
      expect((await carol.api.get(`/user/${carol.username}/${list}`)).body).toEqual({ users: [], next: null });
    }
  });

  const everyList = () => [
    "/feed",
    "/user",
    "/notifications",
    `/user/${alice.username}`,
    `/user/${alice.username}/followers`,
    `/user/${alice.username}/following`,
  ];

  it.each(["0", "101", "-1", "1.5", "abc", "", "%20", "1e1", "0x10", "NaN", "99999999999999999999", "1%00", "٣"])(
    "refuse limit=%s",
    async (limit) => {
      for (const path of everyList()) expectInvalid(await alice.api.get(`${path}?limit=${limit}`), "limit");
    },
  );

  it.each(["abc", "", "-1", "1.5", "1e3", "%7B%22$gt%22:%22%22%7D", "1%00", "9".repeat(40), "null"])(
    "refuse before=%s and after=%s",
    async (id) => {
      for (const path of everyList()) {
        expectInvalid(await alice.api.get(`${path}?before=${id}`), "before");
        expectInvalid(await alice.api.get(`${path}?after=${id}`), "after");
      }
    },
  );

  it("are refused when repeated", async () => {
    for (const path of everyList()) {
      expectInvalid(await alice.api.get(`${path}?limit=5&limit=6`), "limit");
      expectInvalid(await alice.api.get(`${path}?limit=5&limit=5`), "limit");
      expectInvalid(await alice.api.get(`${path}?before=5&limit=5&before=6`), "before");
      expectInvalid(await alice.api.get(`${path}?after=5&after=6`), "after");
    }
  });

  it("ignore other parameters", async () => {
    for (const path of everyList()) {
      const reply = await alice.api.get(`${path}?utm_source=x&utm_source=y&__proto__=1&constructor[a]=b&text=z&&=`);
      expect([reply.status, path]).toEqual([200, path]);
    }
  });
});
