import { expect } from "@jest/globals";
import fc from "fast-check";
import type { Person } from "./cast.ts";
import { eventually } from "./eventually.ts";
import { createModel } from "./model.ts";
import { readAllIds } from "./pages.ts";

export const CAST = ["ann", "ben", "cat", "dan"] as const;
type Name = (typeof CAST)[number];

/** One action. `at` is the index of the tweet to delete among the author's tweets. */
type Step =
  | { does: "tweets"; who: Name }
  | { does: "deletes"; who: Name; at: number }
  | { does: "follows" | "unfollows"; who: Name; whom: Name }
  | { does: "reads"; who: Name; limit: number };

const name = fc.constantFrom(...CAST);

/** Generates random histories of a small cast, mostly of tweets. */
export const histories = (maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 10, arbitrary: fc.record({ does: fc.constant("tweets" as const), who: name }) },
      { weight: 4, arbitrary: fc.record({ does: fc.constant("follows" as const), who: name, whom: name }) },
      { weight: 2, arbitrary: fc.record({ does: fc.constant("unfollows" as const), who: name, whom: name }) },
      { weight: 2, arbitrary: fc.record({ does: fc.constant("deletes" as const), who: name, at: fc.nat(100) }) },
      {
        weight: 2,
        arbitrary: fc.record({ does: fc.constant("reads" as const), who: name, limit: fc.integer({ min: 1, max: 9 }) }),
      },
    ),
    { minLength: Math.floor(maxLength / 2), maxLength },
  );

/**
 * Plays a history with real users and with the model, then compares every complete list of every user. Reads in between
 * build and use the cached timelines, so that these are tested in each of their states.
 *
 * @param limits the page lengths to read with
 */
export async function expectAgreement(
  people: Record<Name, Person>,
  history: Step[],
  limits: readonly number[],
): Promise<void> {
  const model = createModel();
  for (const step of history) {
    const who = people[step.who];
    switch (step.does) {
      case "tweets":
        model.tweet(who.id, (await who.tweet("something")).id);
        break;
      case "deletes": {
        const own = model.tweetsOf(who.id);
        if (own.length === 0) break;
        const id = own[step.at % own.length]!;
        await who.untweet(id);
        model.delete(id);
        break;
      }
      case "follows":
        if (step.who === step.whom) break;
        await who.follow(people[step.whom]);
        model.follow(who.id, people[step.whom].id);
        break;
      case "unfollows":
        if (step.who === step.whom) break;
        await who.unfollow(people[step.whom]);
        model.unfollow(who.id, people[step.whom].id);
        break;
      case "reads":
        await eventually(async () => {
          expect(await readAllIds(who.api, "/feed", "tweets", step.limit)).toEqual(model.feed(who.id));
        });
    }
  }
  for (const who of Object.values(people)) {
    for (const limit of limits) {
      const list = (path: string, field: "tweets" | "users") => readAllIds(who.api, path, field, limit);
      await eventually(async () => expect(await list("/feed", "tweets")).toEqual(model.feed(who.id)));
      expect(await list("/user", "tweets")).toEqual(model.profile(who.id));
      expect(await list(`/user/${who.username}`, "tweets")).toEqual(model.profile(who.id));
      expect(await list(`/user/${who.username}/followers`, "users")).toEqual(model.followers(who.id));
      expect(await list(`/user/${who.username}/following`, "users")).toEqual(model.following(who.id));
    }
  }
}
