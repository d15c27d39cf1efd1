import { useState } from "preact/hooks";
import { api } from "../../api/api.ts";
import { ApiError, explain } from "../../api/request.ts";
import { Field } from "../../components/field.tsx";
import { say } from "../../store/messages.ts";

export function PasswordForm({ username }: { username: string }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState<{ current?: string; password?: string }>({});
  const [busy, setBusy] = useState(false);
  const ready = !busy && current !== "" && password !== "";

  async function save(): Promise<void> {
    if (!ready) return;
    setBusy(true);
    setTrouble({});
    try {
      await api.changePassword(current, password);
      setCurrent("");
      setPassword("");
      say("Password changed. You've been logged out on other devices.");
    } catch (error) {
      if (error instanceof ApiError && error.status === 403)
        setTrouble({ current: "That's not your current password." });
      else if (error instanceof ApiError && error.fieldMessage("password")) {
        setTrouble({ password: error.fieldMessage("password")! });
      } else say(explain(error), "failed");
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      class="setting"
      aria-labelledby="setting-password"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <h2 id="setting-password">Password</h2>
      {/* Tells password managers which account the password belongs to. */}
      <input
        class="unseen"
        type="text"
        name="username"
        autocomplete="username"
        value={username}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <Field
        label="Current password"
        value={current}
        onValue={setCurrent}
        error={trouble.current}
        input={{ type: "password", autocomplete: "current-password", required: true }}
      />
      <Field
        label="New password"
        hint="At least 8 characters, and not a common password."
        value={password}
        onValue={setPassword}
        error={trouble.password}
        input={{ type: "password", autocomplete: "new-password", required: true, minLength: 8 }}
      />
      <button type="submit" class="button" aria-disabled={!ready}>
        Change password
      </button>
    </form>
  );
}
