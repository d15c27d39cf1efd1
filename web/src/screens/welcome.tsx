import { later } from "../components/later.tsx";
import { Logo } from "../components/logo.tsx";
import { Suggestions } from "../components/suggestions.tsx";
import { sessionEnded } from "../store/session.ts";

const LoginForm = later(async () => (await import("./account-forms.tsx")).LoginForm);
const SignupForm = later(async () => (await import("./account-forms.tsx")).SignupForm);

/** A visitor's first screen. The form is part of it, so that a newcomer can type at once. */
export function Welcome({ form }: { form: "signup" | "login" }) {
  return (
    <div class="welcome">
      <div class="welcome-words">
        <Logo size={72} />
        <h1>Short messages, as they happen.</h1>
        <p>
          Starling brings you the tweets of the people you follow: all of them, in order, the moment they are written.
        </p>
      </div>
      <div class="welcome-form">
        {sessionEnded.value && (
          <p class="notice" role="status">
            You have been logged out. Your session was ended on another device, the password was changed, or it was not
            used for a long time. What you were writing is kept on this device.
          </p>
        )}
        {form === "signup" ? <SignupForm /> : <LoginForm />}
      </div>
      {/* Only people who tweeted lately, in public: nobody is shown for having an account. */}
      <div class="welcome-people">
        <Suggestions most={5} title="Active now" />
        <a href="/users">Find people</a>
      </div>
      <footer class="foot">
        <a href="/about">About</a>
        <a href="/docs">API</a>
      </footer>
    </div>
  );
}
