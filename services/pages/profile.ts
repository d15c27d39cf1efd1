import type { Tweet, User } from "../../contract/shapes.ts";
import { nameOf, profileTitle } from "../../contract/titles.ts";
import { oneLine } from "../../lib/one-line.ts";
import { html, type Html } from "./html.ts";
import { layout } from "./layout.ts";
import { link, named, property } from "./meta.ts";
import { linkedText } from "./text.ts";
import { avatarOf, tweetEntry } from "./tweet.ts";
import { type Site, SITE_NAME } from "./site.ts";
import { profilePath, publicUrl, webUrl } from "./urls.ts";

/** What `GET /user/:username` answers. */
interface ProfilePage {
  user: User;
  tweets: readonly Tweet[];
  next: string | null;
}

/** The page of a profile, for browsers at `/user/NAME`: who it is, and a page of tweets. */
export function renderProfilePage({ user, tweets, next }: ProfilePage, site: Site): string {
  return layout(
    {
      title: `${profileTitle(user)} · ${SITE_NAME}`,
      head: profileHead(user, site),
      main: html`${profileCard(user, site)}
        <h2 class="share-hidden">Tweets</h2>
        ${tweets.map((tweet) => tweetEntry(tweet, site))}
        ${tweets.length === 0 && html`<p class="share-more">No tweets yet</p>`}
        ${next !== null && html`<p class="share-more"><a rel="next" href="${next}">Older tweets</a></p>`}`,
    },
    site,
  );
}

/** The head elements that other sites and search engines read to show a profile. */
function profileHead(user: User, site: Site): Html[] {
  const url = publicUrl(profilePath(user), site);
  const title = profileTitle(user);
  const description = oneLine(user.bio) || `${title} on ${SITE_NAME}: ${countsOf(user).join(", ")}`;
  const avatar = user.avatarUrl && webUrl(user.avatarUrl, site.publicUrl);
  return [
    named("description", description),
    link("canonical", url),
    property("og:type", "profile"),
    property("og:site_name", SITE_NAME),
    property("og:url", url),
    property("og:title", title),
    property("og:description", description),
    property("profile:username", user.username),
    ...(avatar ? [property("og:image", avatar), property("og:image:alt", `Picture of ${nameOf(user)}`)] : []),
    named("twitter:card", "summary"),
    named("twitter:title", title),
    named("twitter:description", description),
  ];
}

function profileCard(user: User, site: Site): Html {
  const [tweets, following, followers] = countsOf(user);
  const path = profilePath(user);
  return html`<section class="share-card share-profile">
    ${avatarOf(user, site)}
    <h1 class="share-profile-name"><bdi>${nameOf(user)}</bdi></h1>
    <p class="share-handle">@${user.username}</p>
    ${user.bio && html`<p class="share-bio" dir="auto">${linkedText(user.bio)}</p>`}
    <p class="share-meta">Joined ${monthOf(user.createdAt)}</p>
    <p class="share-counts">
      <span>${tweets}</span> <a href="${path}/following">${following}</a> <a href="${path}/followers">${followers}</a>
    </p>
  </section>`;
}

/** @returns for example `1,234 tweets`, `5 following`, `1 follower` */
function countsOf({ tweetsCount, followingCount, followersCount }: User): string[] {
  const number = (count: number) => count.toLocaleString("en");
  return [
    tweetsCount === 1 ? "1 tweet" : `${number(tweetsCount)} tweets`,
    `${number(followingCount)} following`,
    followersCount === 1 ? "1 follower" : `${number(followersCount)} followers`,
  ];
}

function monthOf(timestamp: string): string {
  return new Date(timestamp).toLocaleDateString("en", { month: "long", year: "numeric", timeZone: "UTC" });
}
