import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { typedName } from "../../../contract/usernames.ts";
import { api } from "../api/api.ts";
import { ApiError, explain } from "../api/request.ts";
import type { SignedIn } from "../api/shapes.ts";
import { Field } from "../components/field.tsx";
import { navigate } from "../router/router.ts";
import { say } from "../store/messages.ts";
import { followWanted } from "../store/profiles.ts";
import { me } from "../store/session.ts";

/** An error message, and the field that it belongs to. */
interface Trouble {
  field: "username" | "password" | null;
  text: string;
}

export function SignupForm() {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  return (
    <AccountForm
      title="Create your account"
      action="Sign up"
      submit={() => api.signup(username, password)}
      other={
        <>
          Already have an account? <a href="/login">Log in</a>
        </>
      }
    >
      {(trouble) => (
        <>
          <Field
            label="Username"
            hint="Up to 30 letters, digits or underscores."
            value={username}
            onValue={(typed) => setUsername(typedName(typed))}
            error={trouble?.field === "username" ? trouble.text : undefined}
            input={{
              name: "username",
              autocomplete: "username",
              autocapitalize: "none",
              spellcheck: false,
              required: true,
              pattern: "[A-Za-z0-9_]{1,30}",
              // Browsers show it when the pattern doesn't match.
              title: "Up to 30 letters, digits or underscores",
            }}
          />
          <Field
            label="Password"
            hint="At least 8 characters, and not a common password."
            value={password}
            onValue={setPassword}
            error={trouble?.field === "password" ? trouble.text : undefined}
            input={{
              name: "password",
              type: "password",
              autocomplete: "new-password",
              required: true,
              minLength: 8,
            }}
          />
        </>
      )}
    </AccountForm>
  );
}

export function LoginForm() {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  return (
    <AccountForm
      title="Welcome back"
      action="Log in"
      submit={() => api.login(username, password)}
      other={
        <>
          New here? <a href="/signup">Sign up</a>
        </>
      }
    >
      {() => (
        <>
          <Field
            label="Username"
            value={username}
            onValue={setUsername}
            input={{
              name: "username",
              autocomplete: "username",
              autocapitalize: "none",
              spellcheck: false,
              required: true,
            }}
          />
          <Field
            label="Password"
            value={password}
            onValue={setPassword}
            input={{ name: "password", type: "password", autocomplete: "current-password", required: true }}
          />
        </>
      )}
    </AccountForm>
  );
}

interface AccountFormProps {
  title: string;
  action: string;
  submit: () => Promise<SignedIn>;
  other: ComponentChildren;
  children: (trouble: Trouble | null) => ComponentChildren;
}

function AccountForm({ title, action, submit, other, children }: AccountFormProps) {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);

  async function run(): Promise<void> {
    if (busy) return;
    setBusy(true);
    setTrouble(null);
    try {
      const { user } = await submit();
      me.value = user;
      const followed = await followWanted().catch((error: unknown) => {
        say(explain(error), "failed");
        return null;
      });
      if (followed) navigate(`/user/${followed.username}`, { replace: true });
    } catch (error) {
      setTrouble(troubleOf(error));
      setBusy(false);
    }
  }

  return (
    <form
      class="account-form"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <h2>{title}</h2>
      {children(trouble)}
      {trouble && trouble.field === null && (
        <p class="form-error" role="alert">
          {trouble.text}
        </p>
      )}
      <button type="submit" class="button wide" aria-disabled={busy}>
        {action}
      </button>
      <p class="muted">{other}</p>
    </form>
  );
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiError) {
    if (error.status === 409) return { field: "username", text: "This username is taken." };
    for (const field of ["username", "password"] as const) {
      const text = error.fieldMessage(field);
      if (text) return { field, text };
    }
  }
  return { field: null, text: explain(error) };
}
