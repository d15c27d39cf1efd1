import { useEffect, useState } from "preact/hooks";
import { explain } from "../api/request.ts";
import type { UserRef } from "../api/shapes.ts";
import { say } from "../store/messages.ts";
import { follow } from "../store/profiles.ts";
import { useSignal } from "../store/signal.ts";
import { refreshSuggestions, suggestions } from "../store/suggestions.ts";
import { PersonLine } from "./person-line.tsx";

/** People who tweet at the moment, each one click away from being followed. Nothing where there are none. */
export function Suggestions({ most, title }: { most: number; title: string }) {
  const people = useSignal(suggestions)?.slice(0, most) ?? [];
  useEffect(() => {
    // They are an offer: without them nothing is missing.
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
