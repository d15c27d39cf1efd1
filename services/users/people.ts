import { call, type Caller, type Params } from "../../contract/call.ts";
import type { PersonRecord } from "../../contract/records.ts";
import { isTransient } from "../../lib/errors.ts";
import { cut, foldName, matchName, searchKeys } from "../../lib/names.ts";
import type { Collection } from "../../seams/collections/collection.ts";
import { readNotingSource } from "../../seams/collections/primary.ts";
import { sweepInBatches } from "../../seams/collections/sweep.ts";
import { toRecord, type UserDoc } from "./user-doc.ts";
import { usernameKey } from "./usernames.ts";

/** Each way of finding reads at most this many users, so that a search for one letter costs no more than others. */
const CANDIDATES_LIMIT = 100;
/** The highest code point: above every text that goes on after the same beginning. */
const LAST = "\u{10ffff}";

/** Lists of people, and the search for them. */
export function createPeople(users: Collection<UserDoc>) {
  /** Adds what lists show beside the names. @returns in the order of the users */
  async function describe(
    caller: Caller,
    found: readonly UserDoc[],
    viewerId: string | undefined,
  ): Promise<PersonRecord[]> {
    const others = viewerId === undefined ? [] : found.map(({ _id }) => _id).filter((id) => id !== viewerId);
    const relations =
      others.length > 0 ? await call(caller, "graph.relations", { viewerId: viewerId!, userIds: others }) : [];
    const byId = new Map(others.map((id, index) => [id, relations[index]]));
    return found.map((user) => {
      const viewer = byId.get(user._id);
      return { ...toRecord(user), bio: user.bio, ...(viewer && { viewer }) };
    });
  }

  /** Never reports a user as absent only because a replica lags, unless there is no primary to ask. */
  async function load(ids: string[]): Promise<UserDoc[]> {
    const { found, fromPrimary } = await readNotingSource(users, () => users.findByIds(ids));
    if (fromPrimary || found.length === ids.length) return found;
    const known = new Set(found.map(({ _id }) => _id));
    const missing = ids.filter((id) => !known.has(id));
    const more = await users.findByIds(missing, { fresh: true }).catch((error: unknown) => {
      if (isTransient(error)) return [];
      throw error;
    });
    return [...found, ...more];
  }

  const withUsername = (beginning: string) =>
    // Usernames are ASCII letters, digits and underscores, so DEL is above every one that begins so.
    users.find({
      query: { usernameKey: { $gte: beginning, $lt: `${beginning}\u007f` } },
      sort: ["usernameKey"],
      limit: CANDIDATES_LIMIT,
    });

  async function withName(beginning: string): Promise<UserDoc[]> {
    if (beginning === "") return [];
    const range = { $gte: beginning, $lt: beginning + LAST };
    return users.find({ query: { searchKeys: { $elemMatch: range } }, limit: CANDIDATES_LIMIT });
  }

  /** Users who may be meant, each once: all that match, if they are few. */
  async function candidates(typed: string): Promise<UserDoc[]> {
    const isHandle = /^[@＠]/.test(typed);
    const name = usernameKey(typed.replace(/^[@＠]/, ""));
    const isUsername = /^\w+$/.test(name);
    const folded = foldName(typed);
    const [longest = ""] = folded.split(" ").sort((a, b) => b.length - a.length);
    const found = await Promise.all([
      isUsername ? withUsername(name) : [],
      isHandle && isUsername ? [] : withName(cut(folded)),
      // Words in another order than in the name.
      folded.includes(" ") ? withName(cut(longest)) : [],
    ]);
    return [...new Map(found.flat().map((user) => [user._id, user])).values()];
  }

  return {
    async people(caller: Caller, { ids, viewerId }: Params<"users.people">): Promise<(PersonRecord | null)[]> {
      if (ids.length === 0) return [];
      const found = await describe(caller, await load([...new Set(ids)]), viewerId);
      const byId = new Map(found.map((person) => [person.id, person]));
      return ids.map((id) => byId.get(id) ?? null);
    },

    async search(caller: Caller, { query, limit, viewerId }: Params<"users.search">): Promise<PersonRecord[]> {
      const typed = query.trim();
      const matching = (await candidates(typed)).flatMap((user) => {
        const match = matchName(user, typed);
        return match === null ? [] : [{ user, match }];
      });
      const people = await describe(
        caller,
        matching.map(({ user }) => user),
        viewerId,
      );
      return people
        .map((person, index) => ({ person, order: orderOf(person, matching[index]!.match) }))
        .sort((a, b) => a.order - b.order || (usernameKey(a.person.username) < usernameKey(b.person.username) ? -1 : 1))
        .slice(0, limit)
        .map(({ person }) => person);
    },

    /** Makes the keys of users from before the search by name. Safe to repeat, and on several nodes at once. */
    async addKeys(): Promise<void> {
      await sweepInBatches(users, { query: { searchable: null } }, async (ids) => {
        const found = await users.findByIds(ids, { fresh: true });
        await Promise.all(
          found.map(({ _id, username, displayName }) =>
            // A new name in between brings its own keys.
            users.updateOne({ _id, displayName }, { $set: keysOf({ username, displayName }) }),
          ),
        );
      });
    },
  };
}

/** Names that are exactly what was typed come first, then the people whom the caller follows, then the closest names. */
function orderOf({ viewer }: PersonRecord, match: number): number {
  if (viewer?.following) return match;
  return match <= 1 ? match + 0.5 : match + 10;
}

/** The fields of a user that depend on the names. */
export function keysOf(names: Pick<UserDoc, "username" | "displayName">): Pick<UserDoc, "searchKeys" | "searchable"> {
  return { searchKeys: searchKeys(names), searchable: true };
}
