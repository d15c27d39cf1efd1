import { useEffect, useState } from "preact/hooks";
import { explain } from "../api/request.ts";
import type { UserRef } from "../api/shapes.ts";
import { say } from "../store/messages.ts";
import { follow } from "../store/profiles.ts";
import { refreshSuggestions, suggestions } from "../store/suggestions.ts";
import { PersonLine } from "./person-line.tsx";

/** Active users, each with a follow button. Renders nothing if there are none. */
export function Suggestions({ most, title }: { most: number; title: string }) {
  const people = suggestions.value?.slice(0, most) ?? [];
  useEffect(() => {
    // Suggestions are optional, so a failure is not shown.
    if (suggestions.value === null) refreshSuggestions().catch(() => undefined);
  }, []);
  if (people.length === 0) return null;
  return (
    <section class="suggestions" aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {people.map((user) => (
          <Suggestion key={user.id} user={user} />
        ))}
      </ul>
    </section>
  );
}

function Suggestion({ user }: { user: UserRef }) {
  const [state, setState] = useState<"offered" | "busy" | "followed">("offered");
  function start(): void {
    setState("busy");
    follow(user).then(
      () => setState("followed"),
      (error: unknown) => {
        setState("offered");
        say(explain(error), "failed");
      },
    );
  }
  return (
    <li class="suggestion">
      <PersonLine user={user} size="small" />
      <button
        type="button"
        class="button quiet small"
        disabled={state !== "offered"}
        aria-label={`Follow ${user.displayName}`}
        onClick={start}
      >
        {state === "followed" ? "Following" : "Follow"}
      </button>
    </li>
  );
}
