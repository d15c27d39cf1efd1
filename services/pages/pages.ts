import type { Tweet } from "../../contract/shapes.ts";
import { nameOf, tweetTitle } from "../../contract/titles.ts";
import { html } from "./html.ts";
import { layout } from "./layout.ts";
import { named, NOINDEX, tweetHead } from "./meta.ts";
import { tweetArticle } from "./tweet.ts";
import { type Site, SITE_NAME } from "./site.ts";
import { profilePath } from "./urls.ts";

/** The page of a tweet, for browsers at `/tweet/ID`. */
export function renderTweetPage(tweet: Tweet, site: Site): string {
  return layout(
    {
      title: `${tweetTitle(tweet)} · ${SITE_NAME}`,
      head: tweetHead(tweet, site),
      main: html`${tweetArticle(tweet, site)}
        <p class="share-more">
          <a href="${profilePath(tweet.author)}">More from <bdi>${nameOf(tweet.author)}</bdi></a>
        </p>`,
    },
    site,
  );
}

/** The page for an address that leads to nothing, or to a deleted tweet. Sent with status 404. */
export function renderNotFoundPage(site: Site): string {
  return renderErrorPage(
    {
      title: "This page isn't available",
      detail: "It may have been deleted, or the link is incomplete.",
    },
    site,
  );
}

/**
 * The page for a request that failed.
 *
 * @param problem the fault in plain words, such as the body of a problem+json
 */
export function renderErrorPage(problem: { title: string; detail?: string | undefined }, site: Site): string {
  return layout(
    {
      title: `${problem.title} · ${SITE_NAME}`,
      head: NOINDEX,
      main: html`<section class="share-card share-message">
        <h1>${problem.title}</h1>
        ${problem.detail && html`<p>${problem.detail}</p>`}
        <p><a href="/">Go to the home page</a></p>
      </section>`,
    },
    site,
  );
}

const PITCH = "A Twitter you can run yourself: one command on a laptop, the same code as a cluster.";

/** The page at `/` if no web client is built. */
export function renderLandingPage(site: Site): string {
  const { origin } = new URL(site.publicUrl);
  return layout(
    {
      title: `${SITE_NAME}: short messages, your own server`,
      head: named("description", PITCH),
      main: html`<section class="share-card share-message">
        <h1>${SITE_NAME} is running</h1>
        <p>${PITCH}</p>
        <p>Sign up, then send the first tweet with the token that comes back:</p>
        <pre tabindex="0" aria-label="Commands"><code>curl ${origin}/auth/signup -H 'content-type: application/json' \\
  -d '{"username": "alice", "password": "correct horse"}'

curl ${origin}/tweet -H 'content-type: application/json' \\
  -H 'authorization: Bearer TOKEN' -d '{"text": "Hello, world!"}'</code></pre>
        <p>
          <a href="/docs">The API documentation</a> describes every request. The README explains how to run the server.
        </p>
      </section>`,
    },
    site,
  );
}
