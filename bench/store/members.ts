import { idAt } from "../../lib/snowflake.ts";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { hashToken, newToken } from "../../services/gateway/auth.ts";
import { type FollowDoc, followId, FOLLOWS } from "../../services/graph/follow-doc.ts";
import { type SessionDoc, SESSIONS } from "../../services/users/sessions.ts";
import { USERS } from "../../services/users/user-doc.ts";
import { fill } from "./fill.ts";
import { person } from "./generate.ts";

const BEGIN_MS = Date.UTC(2026, 0, 1);

/**
 * Fills the embedded store of a stopped server with people who are logged in. To sign up thousands would take minutes,
 * because a password's hash is made to be slow.
 *
 * @param author the id of an account, which exists and whom all follow; null for none
 * @param followed how many of the others each follows
 * @returns a token for each of them
 */
export async function generateMembers(
  folder: string,
  { members, author, followed }: { members: number; author: string | null; followed: number },
): Promise<string[]> {
  const tokens = Array.from({ length: members }, newToken);
  const idOf = (n: number) => idAt(BEGIN_MS + (n % members));
  const people = tokens.map((_, n) => person(idOf(n), n));
  const now = Date.now();
  const sessions = tokens.map((token, n): SessionDoc => ({
    _id: hashToken(token),
    userId: idOf(n),
    createdAt: now,
    lastSeenAt: now,
    userAgent: null,
  }));

  function* follows(): Generator<FollowDoc> {
    let made = 0;
    const follow = (followerId: string, followeeId: string): FollowDoc => {
      const seq = idAt(BEGIN_MS + members + made++);
      return { _id: followId(followerId, followeeId), seq, followerId, followeeId, notify: false };
    };
    for (let n = 0; n < members; n++) {
      if (author !== null) yield follow(idOf(n), author);
      for (let step = 1; step <= followed; step++) yield follow(idOf(n), idOf(n + step));
    }
  }

  const store = openSqlite(folder);
  await fill(store, USERS, people, members);
  await fill(store, SESSIONS, sessions, members);
  await fill(store, FOLLOWS, follows(), members * (followed + (author === null ? 0 : 1)));
  await store.close();
  return tokens;
}
