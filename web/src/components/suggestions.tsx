import { useEffect, useRef } from "preact/hooks";
import { place } from "../router/router.ts";
import { relationTo } from "../store/relations.ts";
import { accountId } from "../store/session.ts";
import { refreshSuggestions, suggestions } from "../store/suggestions.ts";
import { PersonLine } from "./person-line.tsx";

/** Active users, each with a button to follow. Renders nothing if there are none. */
export function Suggestions({ most, title }: { most: number; title: string }) {
  const here = place.value;
  const account = accountId.value;
  // Those followed in this very list stay in it until the reader goes elsewhere, to undo it, and to keep the focus.
  const kept = useRef({ here, ids: new Set<string>() });
  if (kept.current.here !== here) kept.current = { here, ids: new Set() };
  const people = (suggestions.value ?? [])
    .filter((user) => !relationTo(user)?.following || kept.current.ids.has(user.id))
    .slice(0, most);
  useEffect(() => {
    // Suggestions are optional, so a failure is not shown.
    if (suggestions.value === null) refreshSuggestions().catch(() => undefined);
  }, [account]);
  if (people.length === 0) return null;
  return (
    <section class="suggestions" aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {people.map((user) => (
          <li key={user.id} onClick={() => kept.current.ids.add(user.id)}>
            <PersonLine user={user} size="small" />
          </li>
        ))}
      </ul>
    </section>
  );
}
