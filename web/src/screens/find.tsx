import { useEffect, useState } from "preact/hooks";
import { typedName } from "../../../contract/usernames.ts";
import { api } from "../api/api.ts";
import { explain } from "../api/request.ts";
import type { UserRef } from "../api/shapes.ts";
import { TopBar } from "../components/frame.tsx";
import { Icon } from "../components/icon.tsx";
import { PersonLine } from "../components/person-line.tsx";
import { Empty, Failed } from "../components/states.tsx";
import { Suggestions } from "../components/suggestions.tsx";
import { announce } from "../store/messages.ts";
import { me } from "../store/session.ts";

/** A search starts after a pause of this length in typing. */
const TYPING_PAUSE_MS = 150;

/** Search by the beginning of a username, and suggestions. */
export function Find() {
  const user = me.value;
  const [typed, setTyped] = useState("");
  const beginning = typedName(typed);
  return (
    <>
      <TopBar title="Find people" />
      <form class="find" role="search" aria-label="Find people" onSubmit={(event) => event.preventDefault()}>
        <Icon name="search" size={18} />
        <input
          type="search"
          aria-label="Username"
          placeholder="Username"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="search"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </form>
      {beginning !== "" ? <Found beginning={beginning} /> : user ? <Suggestions most={20} title="Active now" /> : null}
    </>
  );
}

function Found({ beginning }: { beginning: string }) {
  const [people, setPeople] = useState<readonly UserRef[] | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);

  function ask(): () => void {
    let wanted = true;
    const timer = setTimeout(() => {
      const found = /^\w{1,30}$/.test(beginning) ? api.people(beginning) : Promise.resolve({ users: [] });
      found.then(
        ({ users }) => {
          if (!wanted) return;
          setTrouble(null);
          setPeople(users);
          announce(users.length === 1 ? "1 person found" : `${users.length} people found`);
        },
        (error: unknown) => wanted && setTrouble(error),
      );
    }, TYPING_PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }
  useEffect(ask, [beginning]);

  if (trouble !== null) return <Failed message={explain(trouble)} onRetry={() => void ask()} />;
  if (people?.length === 0) {
    return (
      <Empty title="No one found">
        <p class="muted">No username starts with “{beginning}”.</p>
      </Empty>
    );
  }
  return (
    <ul class="people" aria-label="People found">
      {people?.map((person) => (
        <li key={person.id}>
          <PersonLine user={person} />
        </li>
      ))}
    </ul>
  );
}
