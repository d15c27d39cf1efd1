import { useState } from "preact/hooks";
import { navigate } from "../router/router.ts";
import { Icon } from "./icon.tsx";

/** The way to somebody whose name one knows. */
export function FindPeople({ label = "Find a person" }: { label?: string }) {
  const [name, setName] = useState("");
  const wanted = name.trim().replace(/^@/, "");
  const valid = /^\w{1,15}$/.test(wanted);
  return (
    <form
      class="find"
      role="search"
      aria-label={label}
      onSubmit={(event) => {
        event.preventDefault();
        if (!valid) return;
        setName("");
        navigate(`/user/${wanted}`);
      }}
    >
      <Icon name="at" size={18} />
      <input
        type="text"
        aria-label="Username"
        placeholder="Go to a username"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        enterkeyhint="go"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
      />
    </form>
  );
}
