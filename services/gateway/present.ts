import type { Addresses } from "../../contract/addresses.ts";
import type {
  MediaRecord,
  NotificationRecord,
  PersonRecord,
  ProfileRecord,
  TweetView,
  UserRecord,
} from "../../contract/records.ts";
import type { Media, Notification, Person, Tweet, User, UserRef } from "../../contract/shapes.ts";
import { groupOf } from "../../contract/notices.ts";
import { timeOf } from "../../lib/snowflake.ts";

const DAY_MS = 86_400_000;

/** @param origin the public origin of the site, such as `https://starling.example` */
export function createAddresses(origin: string): Addresses {
  return {
    origin,
    tweet: (id) => `${origin}/tweet/${id}`,
    notifications: `${origin}/notifications`,
    profile: (username) => `${origin}/user/${username}`,
    media: (id) => `${origin}/media/${id}`,
    preview: (mediaId) => `${origin}/media/${mediaId}/preview`,
  };
}

/**
 * The relative address of the next older page of a list.
 *
 * @param next the cursor at which that page begins; null at the end of the list
 */
export function nextPage(
  path: string,
  { limit, after }: { limit: number; after?: string | undefined },
  next: string | null,
): string | null {
  if (next === null) return null;
  return `${path}?limit=${limit}&before=${next}${after === undefined ? "" : `&after=${after}`}`;
}

/** Turns records into public shapes: adds addresses, and the time that an id carries. */
export function createPresenter(addresses: Addresses) {
  const tweets = new WeakMap<TweetView, Tweet>();

  function user({ id, username, displayName, avatarId }: UserRecord): UserRef {
    return { id, username, displayName, avatarUrl: avatarId === null ? null : addresses.preview(avatarId) };
  }

  function person(record: PersonRecord): Person {
    const { bio, viewer } = record;
    return { ...user(record), bio, ...(viewer && { viewer }) };
  }

  function profile(record: ProfileRecord): User {
    const createdAt = timeOf(record.id);
    const { tweetsCount, followersCount, followingCount } = record;
    return {
      ...person(record),
      createdAt: new Date(createdAt).toISOString(),
      accountAge: Math.max(0, Math.floor((Date.now() - createdAt) / DAY_MS)),
      tweetsCount,
      followersCount,
      followingCount,
    };
  }

  function media(record: MediaRecord): Media {
    const { id, type, contentType, width, height, alt, bytes, duration, placeholder } = record;
    return {
      id,
      type,
      ...(contentType !== undefined && { contentType }),
      url: addresses.media(id),
      previewUrl: addresses.preview(id),
      width,
      height,
      alt,
      bytes,
      ...(duration !== undefined && { duration }),
      ...(placeholder !== undefined && { placeholder }),
    };
  }

  function present({ id, key, text, author, media: all, location, metadata }: TweetView): Tweet {
    return {
      id,
      key,
      url: addresses.tweet(id),
      text,
      createdAt: timestampOf(id),
      author: user(author),
      media: all.map(media),
      location,
      metadata,
    };
  }

  /** @returns the same object for the same view, as long as the view is kept */
  function tweet(view: TweetView): Tweet {
    let known = tweets.get(view);
    if (!known) {
      known = present(view);
      tweets.set(view, known);
    }
    return known;
  }

  function notification({ id, kind, read, actor, tweet: about }: NotificationRecord): Notification {
    return {
      id,
      kind,
      createdAt: timestampOf(id),
      read,
      group: groupOf({ id, kind }),
      actor: user(actor),
      ...(about && { tweet: tweet(about) }),
    };
  }

  return { user, person, profile, media, tweet, notification };
}

export type Presenter = ReturnType<typeof createPresenter>;

function timestampOf(id: string): string {
  return new Date(timeOf(id)).toISOString();
}
