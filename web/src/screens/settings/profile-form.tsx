import { useRef, useState } from "preact/hooks";
import {
  BIO_LIMIT_CHARACTERS,
  DISPLAY_NAME_LIMIT_CHARACTERS,
  displayNameLength,
  lengthOf,
} from "../../../../contract/lengths.ts";
import { isBlank } from "../../../../lib/invisible.ts";
import { api } from "../../api/api.ts";
import { ApiError, explain } from "../../api/request.ts";
import type { User } from "../../api/shapes.ts";
import { upload } from "../../api/upload.ts";
import { Avatar } from "../../components/avatar.tsx";
import { Field } from "../../components/field.tsx";
import { ACCEPTED_PICTURES } from "../../outbox/attachments.ts";
import { fileRefusal } from "../../outbox/picking.ts";
import { readPicture } from "../../outbox/read-picture.ts";
import { say } from "../../store/messages.ts";
import { showUser } from "../../store/profiles.ts";

/** Name, bio and picture. */
export function ProfileForm({ user }: { user: User }) {
  const [displayName, setDisplayName] = useState(user.displayName);
  const [bio, setBio] = useState(user.bio);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const blank = displayName !== "" && isBlank(displayName);
  const nameLeft = DISPLAY_NAME_LIMIT_CHARACTERS - displayNameLength(displayName);
  const bioLeft = BIO_LIMIT_CHARACTERS - lengthOf(bio);
  const changed = displayName !== user.displayName || bio !== user.bio;

  const ready = !busy && !blank && changed && nameLeft >= 0 && bioLeft >= 0;

  async function save(): Promise<void> {
    if (!ready) return;
    setBusy(true);
    setError(null);
    try {
      showUser(await api.updateProfile({ displayName, bio }));
      say("Profile saved");
    } catch (failure) {
      if (failure instanceof ApiError && failure.status === 422) setError(failure);
      else say(explain(failure), "failed");
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      class="setting"
      aria-labelledby="setting-profile"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <h2 id="setting-profile">Profile</h2>
      <AvatarField user={user} />
      <Field
        label="Name"
        value={displayName}
        onValue={setDisplayName}
        error={blank ? "Must not be blank: it needs a visible character." : error?.fieldMessage("displayName")}
        left={nameLeft}
        input={{ name: "displayName", required: true, autocomplete: "name" }}
      />
      <Field label="Bio" left={bioLeft} rows={3} value={bio} onValue={setBio} error={error?.fieldMessage("bio")} />
      <button type="submit" class="button" aria-disabled={!ready}>
        Save
      </button>
    </form>
  );
}

function AvatarField({ user }: { user: User }) {
  const picker = useRef<HTMLInputElement>(null);
  const [part, setPart] = useState<number | null>(null);

  async function change(file: File | undefined): Promise<void> {
    if (!file) return;
    setPart(0);
    try {
      const picture = await readPicture(file);
      const refused = fileRefusal(picture.file);
      if (refused) throw new Error(refused);
      const media = await upload({ file: picture.file, name: picture.file.name }, setPart).done;
      showUser(await api.updateProfile({ avatar: media.id }));
      say("Picture updated");
    } catch (failure) {
      say(failure instanceof Error ? failure.message : explain(failure), "failed");
    } finally {
      setPart(null);
    }
  }

  return (
    <div class="avatar-field">
      <Avatar user={user} size="large" />
      <input
        ref={picker}
        class="unseen"
        type="file"
        accept={ACCEPTED_PICTURES}
        aria-hidden="true"
        tabIndex={-1}
        onChange={(event) => void change(event.currentTarget.files?.[0])}
      />
      <button
        type="button"
        class="button quiet"
        aria-disabled={part !== null}
        onClick={() => part === null && picker.current?.click()}
      >
        {part === null ? "Change picture" : `Uploading… ${Math.round(part * 100)}%`}
      </button>
      {user.avatarUrl && (
        <button
          type="button"
          class="link-button"
          onClick={() =>
            void api
              .updateProfile({ avatar: null })
              .then(showUser, (failure: unknown) => say(explain(failure), "failed"))
          }
        >
          Remove
        </button>
      )}
    </div>
  );
}
