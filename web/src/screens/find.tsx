import { useEffect, useState } from "preact/hooks";
import { NAME_QUERY_LIMIT_CHARACTERS } from "../../../contract/lengths.ts";
import { isBlank } from "../../../lib/invisible.ts";
import { api } from "../api/api.ts";
import { explain } from "../api/request.ts";
import type { Person } from "../api/shapes.ts";
import { show } from "../components/dialogs.ts";
import { TopBar } from "../components/frame.tsx";
import { Icon } from "../components/icon.tsx";
import { PersonLine } from "../components/person-line.tsx";
import { Empty, Failed } from "../components/states.tsx";
import { Suggestions } from "../components/suggestions.tsx";
import { announce } from "../store/messages.ts";
import { keepRelations } from "../store/relations.ts";
import { me } from "../store/session.ts";
import { refreshSuggestions, suggestions } from "../store/suggestions.ts";

/** A search starts after a pause of this length in typing. */
const TYPING_PAUSE_MS = 150;

/** Search by names, and suggestions. */
export function Find() {
  const [typed, setTyped] = useState("");
  return (
    <>
      <TopBar title="Find people" />
      <form class="find" role="search" aria-label="Find people" onSubmit={(event) => event.preventDefault()}>
        <Icon name="search" size={18} />
        <input
          type="search"
          aria-label="Name or username"
          placeholder="Name or username"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="search"
          dir="auto"
          maxLength={NAME_QUERY_LIMIT_CHARACTERS}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </form>
      {isBlank(typed) ? <Offered /> : <Found name={typed.trim()} />}
    </>
  );
}

/** People who tweeted lately: visitors see them too, since their tweets are public. */
function Offered() {
  const user = me.value;
  useEffect(() => {
    refreshSuggestions().catch(() => undefined);
  }, []);
  if (suggestions.value?.length !== 0) return <Suggestions most={20} title="Active now" />;
  return user ? (
    <Empty title="No one to suggest yet">
      <p class="muted">
        People who tweet will appear here, unless you follow them already. To find someone, type a part of their name.
      </p>
      <button type="button" class="button" onClick={() => show("compose")}>
        Write a tweet
      </button>
    </Empty>
  ) : (
    <Empty title="No one has tweeted lately">
      <p class="muted">People who tweet will appear here. To find someone, type a part of their name.</p>
      <a class="button" href="/signup">
        Create your account
      </a>
    </Empty>
  );
}

function Found({ name }: { name: string }) {
  const [people, setPeople] = useState<readonly Person[] | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);

  function ask(): () => void {
    let wanted = true;
    const timer = setTimeout(() => {
      api.people(name).then(
        ({ users }) => {
          if (!wanted) return;
          keepRelations(users);
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
  useEffect(ask, [name]);

  if (trouble !== null) return <Failed message={explain(trouble)} onRetry={() => void ask()} />;
  if (people?.length === 0) {
    return (
      <Empty title="No one found">
        <p class="muted">No name or username has a word that starts with “{name}”.</p>
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
