import { html, type Html } from "../../pages/html.ts";
import { codeBlock } from "./operation.ts";

/** The first steps with the API, as commands that run one after the other. @param origin of the site */
export function gettingStarted(origin: string): Html {
  return html`<p>Sign up. The <code>token</code> in the answer identifies you from now on:</p>
    ${codeBlock(
      `export TOKEN=$(curl -s ${origin}/auth/signup -H 'Content-Type: application/json' \\
  -d '{"username": "maria", "password": "a long sentence"}' |
  sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
      "sh start",
    )}
    <p>
      Tweet. <code>first-1</code> is your own key for this tweet: sent again after a timeout, it is still one tweet.
    </p>
    ${codeBlock(
      `curl -s ${origin}/tweet/first-1 -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -d '{"text": "Hello, world!"}'
curl -s ${origin}/tweet -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' -d '{"text": "And another one"}'`,
      "sh start",
    )}
    <p>Read your feed, a page at a time. <code>next</code> is a path to GET for the next page, or null at the end:</p>
    ${codeBlock(
      `PAGE=$(curl -s "${origin}/feed?limit=1" -H "Authorization: Bearer $TOKEN")
NEXT=$(echo "$PAGE" | sed 's/.*"next":"\\([^"]*\\)".*/\\1/')
curl -s "${origin}$NEXT" -H "Authorization: Bearer $TOKEN"`,
      "sh start",
    )}
    <p>Listen to <a href="#live">live events</a> with <code>socket.io-client</code>:</p>
    ${codeBlock(
      `import { io } from "socket.io-client";

const socket = io("${origin}", { auth: { token: process.env.TOKEN } });
socket.on("tweet", (tweet) => console.log(tweet.author.username, tweet.text));
socket.on("connect", () => console.log("connected"));
socket.on("connect_error", (error) => console.error(error.data ?? error));`,
      "js start",
    )}`;
}
