import { TopBar } from "../../components/frame.tsx";
import { me } from "../../store/session.ts";
import { useSignal } from "../../store/signal.ts";
import { Appearance } from "./appearance.tsx";
import { PasswordForm } from "./password.tsx";
import { ProfileForm } from "./profile-form.tsx";
import { PushSetting } from "./push-setting.tsx";
import { Sessions } from "./sessions.tsx";

/** What one can change. */
export function Settings() {
  const user = useSignal(me);
  if (!user) return null;
  return (
    <>
      <TopBar title="Settings" />
      <div class="settings">
        <ProfileForm key={user.id} user={user} />
        <Appearance />
        <PushSetting />
        <PasswordForm username={user.username} />
        <Sessions />
      </div>
    </>
  );
}
