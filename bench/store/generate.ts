import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { idAt } from "../../lib/snowflake.ts";
import { type FollowDoc, followId, FOLLOWS } from "../../services/graph/follow-doc.ts";
import { type TweetDoc, TWEETS } from "../../services/tweets/tweet-doc.ts";
import { type UserDoc, USERS } from "../../services/users/user-doc.ts";
import { fill } from "./fill.ts";

/** The people whom the reader follows. */
export const FOLLOWED = 40;
/** Each person follows so many others. */
const FOLLOWS_EACH = 20;
/** The reader's followers, and the tweets that mention the reader. */
const READERS_FOLLOWERS = 30;
const MENTIONS = 100;
const SECOND_MS = 1000;

/** How large a town is. */
export interface Size {
  readonly tweets: number;
  readonly people: number;
  /** The number of people whom the reader follows; default: {@link FOLLOWED}. */
  readonly followed?: number;
}

/** The name of a person of a town. */
export function nameOf(person: number): string {
  return `person${person}`;
}

/** An account that nobody can log in to. */
export function person(id: string, n: number): UserDoc {
  const name = nameOf(n);
  return {
    _id: id,
    username: name,
    usernameKey: name,
    displayName: `Person ${n}`,
    bio: "",
    avatarId: null,
    passwordHash: "none",
  };
}

/**
 * Fills the embedded store of a stopped server through the store's own interface: people who follow each other, and
 * their tweets, which take turns. Whoever reads follows the first of them, has followers, and is mentioned in some tweets.
 *
 * @param reader the id of the reader's account, which exists
 */
export async function generateTown(
  folder: string,
  { tweets, people, followed = FOLLOWED }: Size,
  reader: string,
): Promise<void> {
  const store = openSqlite(folder);
  const begin = Date.now() - (tweets + 2 * people) * SECOND_MS;
  const idOf = (person: number) => idAt(begin + person * SECOND_MS);
  const tweetId = (n: number) => idAt(begin + (people + n) * SECOND_MS);

  function* users(): Generator<UserDoc> {
    for (let n = 0; n < people; n++) {
      yield person(idOf(n), n);
    }
  }

  function* follows(): Generator<FollowDoc> {
    const follow = (followerId: string, followeeId: string, n: number): FollowDoc => {
      return { _id: followId(followerId, followeeId), seq: tweetId(n), followerId, followeeId, notify: true };
    };
    for (let n = 0; n < followed; n++) yield follow(reader, idOf(n), n);
    for (let n = 0; n < Math.min(READERS_FOLLOWERS, people); n++) yield follow(idOf(n), reader, n);
    for (let n = 0; n < people; n++) {
      for (let step = 1; step <= FOLLOWS_EACH; step++) yield follow(idOf(n), idOf((n + step) % people), n);
    }
  }

  function* posts(): Generator<TweetDoc> {
    for (let n = 0; n < tweets; n++) {
      const _id = tweetId(n);
      yield {
        _id,
        key: `key-${_id}`,
        authorId: idOf(n % people),
        text: `Tweet ${n}, with the usual number of words in it, which is about as many as people write on a phone.`,
        media: [],
        location: null,
        metadata: {},
        mentions: n % Math.ceil(tweets / MENTIONS) === 0 ? [reader] : [],
        delivered: true,
        notified: true,
      };
    }
  }

  await fill(store, USERS, users(), people);
  await fill(store, FOLLOWS, follows(), people * FOLLOWS_EACH);
  await fill(store, TWEETS, posts(), tweets);
  await store.close();
}
