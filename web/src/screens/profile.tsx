import { useEffect, useState } from "preact/hooks";
import { profileTitle } from "../../../contract/titles.ts";
import { ApiError } from "../api/request.ts";
import type { User } from "../api/shapes.ts";
import { Avatar, hueOf } from "../components/avatar.tsx";
import { show } from "../components/dialogs.ts";
import { FollowButtons } from "../components/follow.tsx";
import { TopBar } from "../components/frame.tsx";
import { Icon } from "../components/icon.tsx";
import { RichText } from "../components/rich-text.tsx";
import { Empty, Loading } from "../components/states.tsx";
import { Month } from "../components/time.tsx";
import { TweetList } from "../components/tweet-list.tsx";
import { watch } from "../live/connection.ts";
import { useScreenTitle } from "../router/title.ts";
import { profileOf } from "../store/profiles.ts";
import { relationTo } from "../store/relations.ts";
import { me } from "../store/session.ts";
import { Missing } from "./missing.tsx";

/** A user's profile and tweets, live while on screen. */
export function ProfileScreen({ username }: { username: string }) {
  const self = me.value;
  const profile = profileOf(username);
  const user = profile.user.value;
  const { status } = profile.list.state.value;
  const own = self?.username.toLowerCase() === username.toLowerCase();
  const [missing, setMissing] = useState(false);

  useEffect(() => {
    setMissing(false);
    const stop = watch(username);
    // Refresh at every visit: nothing arrives live while the profile is not on screen.
    profile.list.refresh().catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) setMissing(true);
    });
    return stop;
  }, [profile]);

  useScreenTitle(missing ? "Not found" : user && profileTitle(user));
  if (missing) {
    return <Missing title="This account doesn't exist" detail={`There is no @${username} on this server.`} />;
  }
  return (
    <>
      <TopBar back={!own} title={user ? <bdi>{user.displayName}</bdi> : `@${username}`}>
        {own && (
          <a class="top-bar-link" href="/settings">
            Settings
          </a>
        )}
      </TopBar>
      {user ? <ProfileHead user={user} self={self} /> : status === "failed" ? null : <Loading />}
      {(user || status === "failed") && (
        <TweetList
          list={profile.list}
          label={`Tweets by ${user?.displayName ?? username}`}
          empty={
            <Empty title="No tweets yet">
              {own ? (
                <>
                  <p class="muted">Your tweets will appear here, for everyone to see.</p>
                  <button type="button" class="button" onClick={() => show("compose")}>
                    Write your first tweet
                  </button>
                </>
              ) : (
                <p class="muted">Their tweets will appear here as they are posted.</p>
              )}
            </Empty>
          }
        />
      )}
    </>
  );
}

function ProfileHead({ user, self }: { user: User; self: User | null }) {
  const path = `/user/${user.username}`;
  return (
    <section class="profile" aria-label="Profile">
      <div class="profile-ground" style={{ "--hue": `${hueOf(user.id)}` }} />
      <div class="profile-top">
        <Avatar user={user} size="large" />
        <span class="grow" />
        {self?.id === user.id ? (
          <a class="button quiet" href="/settings">
            Edit profile
          </a>
        ) : (
          <FollowButtons user={user} />
        )}
      </div>
      <h2 class="profile-name">
        <bdi>{user.displayName}</bdi>
      </h2>
      <p class="profile-handle">
        <span class="handle">@{user.username}</span>
        {relationTo(user)?.followedBy && <span class="tag-note">Follows you</span>}
      </p>
      {user.bio && <RichText class="profile-bio" text={user.bio} />}
      <p class="profile-since">
        <Icon name="calendar" size={18} />
        <span>
          Joined <Month at={user.createdAt} />
        </span>
        <span class="muted">· {ageOf(user.accountAge)}</span>
      </p>
      <p class="profile-counts">
        <span>
          <b>{user.tweetsCount.toLocaleString()}</b> {user.tweetsCount === 1 ? "tweet" : "tweets"}
        </span>
        <a href={`${path}/following`}>
          <b>{user.followingCount.toLocaleString()}</b> following
        </a>
        <a href={`${path}/followers`}>
          <b>{user.followersCount.toLocaleString()}</b> {user.followersCount === 1 ? "follower" : "followers"}
        </a>
      </p>
    </section>
  );
}

function ageOf(days: number): string {
  if (days === 0) return "new today";
  if (days < 60) return `${days} ${days === 1 ? "day" : "days"} here`;
  if (days < 730) return `${Math.floor(days / 30)} months here`;
  return `${Math.floor(days / 365)} years here`;
}
