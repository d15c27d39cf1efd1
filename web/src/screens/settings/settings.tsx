import { TopBar } from "../../components/frame.tsx";
import { me } from "../../store/session.ts";
import { Appearance } from "./appearance.tsx";
import { PasswordForm } from "./password.tsx";
import { ProfileForm } from "./profile-form.tsx";
import { PushSetting } from "./push-setting.tsx";
import { Sessions } from "./sessions.tsx";
import { Shortcuts } from "./shortcuts.tsx";

/** The settings of the account and of this device. */
export function Settings() {
  const user = me.value;
  if (!user) return null;
  return (
    <>
      <TopBar back title="Settings" />
      <div class="settings">
        <ProfileForm key={user.id} user={user} />
        <Appearance />
        <Shortcuts />
        <PushSetting />
        <PasswordForm username={user.username} />
        <Sessions />
      </div>
    </>
  );
}
