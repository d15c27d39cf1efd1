import { useEffect, useState } from "preact/hooks";
import { api } from "../api/api.ts";
import { ApiError, explain } from "../api/request.ts";
import type { Person } from "../api/shapes.ts";
import { TopBar } from "../components/frame.tsx";
import { PersonLine } from "../components/person-line.tsx";
import { Empty, Failed, Loading } from "../components/states.tsx";
import { useSentinel } from "../components/sentinel.ts";
import { useScreenTitle } from "../router/title.ts";
import { keepRelations } from "../store/relations.ts";
import { me } from "../store/session.ts";
import { Missing } from "./missing.tsx";

interface Read {
  users: readonly Person[];
  next: string | null;
}

/** Loaded lists by path, for going back. */
const kept = new Map<string, Read>();

/** The followers of a user, or the users that they follow. */
export function People({ username, which }: { username: string; which: "followers" | "following" }) {
  const path = `/user/${encodeURIComponent(username)}/${which}`;
  const own = me.value?.username.toLowerCase() === username.toLowerCase();
  const [list, setList] = useState<Read | null>(kept.get(path) ?? null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const [reading, setReading] = useState(false);

  async function read(from: string, before: readonly Person[]): Promise<void> {
    setReading(true);
    setTrouble(null);
    try {
      const page = await api.users(from);
      keepRelations(page.users);
      const known = new Set(before.map(({ id }) => id));
      const now = { users: [...before, ...page.users.filter(({ id }) => !known.has(id))], next: page.next };
      kept.set(path, now);
      setList(now);
    } catch (error) {
      setTrouble(error);
    } finally {
      setReading(false);
    }
  }

  useEffect(() => {
    setList(kept.get(path) ?? null);
    void read(`${path}?limit=50`, []);
  }, [path]);

  const more = () => {
    if (list?.next && !reading && trouble === null) void read(list.next, list.users);
  };
  const end = useSentinel(more);

  const missing = trouble instanceof ApiError && trouble.status === 404;
  useScreenTitle(missing ? "Not found" : null);
  if (missing) {
    return <Missing title="This account doesn't exist" detail={`There is no @${username} on this server.`} />;
  }
  return (
    <>
      <TopBar back title={`@${username}`} />
      <nav class="tabs" aria-label="Lists">
        {(["followers", "following"] as const).map((name) => (
          <a key={name} href={`/user/${username}/${name}`} aria-current={name === which ? "page" : undefined}>
            {name === "followers" ? "Followers" : "Following"}
          </a>
        ))}
      </nav>
      {list && list.users.length > 0 && (
        <ul class="people">
          {list.users.map((user) => (
            <li key={user.id}>
              <PersonLine user={user} />
            </li>
          ))}
        </ul>
      )}
      {list?.users.length === 0 && !reading && (
        <Empty title={which === "followers" ? "No followers yet" : "Not following anyone yet"}>
          {own && (
            <>
              <p class="muted">
                {which === "followers"
                  ? "Tweet something, or share the link to your profile, so that people can find you."
                  : "Tweets from people you follow will appear in your feed as they are posted."}
              </p>
              <a class="button" href={which === "followers" ? "/" : "/users"}>
                {which === "followers" ? "Write a tweet" : "Find people"}
              </a>
            </>
          )}
        </Empty>
      )}
      {reading && !list && <Loading />}
      {trouble !== null && (
        <Failed
          message={explain(trouble)}
          onRetry={() => void read(list?.next ?? `${path}?limit=50`, list?.users ?? [])}
        />
      )}
      <div ref={end} />
    </>
  );
}
