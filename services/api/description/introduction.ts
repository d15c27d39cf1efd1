import { PROBLEM_CODES, type ProblemCode } from "../../../lib/problem-codes.ts";
import { type LimitSpec, pointsOf } from "../../../seams/limits/rate-limiter.ts";
import { GUESS_LIMITS, LIMITS } from "../../gateway/limits.ts";
import { CODES } from "./codes.ts";
import { windowOf } from "./limits.ts";

/** Who shares each limit, and what it counts. */
const COUNTS: Readonly<Record<keyof typeof LIMITS, string>> = {
  read: "each user, or address without a token: requests that read, and those over live connections",
  write: "each user: follows, profile changes, deletions",
  tweet: "each user: tweets",
  signup: "each address: new accounts",
  login: "each address: logins",
  password: "each user: changes of the password",
  media: "each address: downloads of pictures and videos",
  handshake: "each address: new live connections",
  poll: "each address: requests of live connections without a websocket",
  page: "each address: pages, this description, and the files of the site",
  upload: "each user: uploads",
};

/** How to use the API, in Markdown. */
const CONVENTIONS = `
- **Base**: JSON in, JSON out, UTF-8. Unknown fields of a body are refused; unknown parameters of a query are ignored.
- **Tokens**: \`POST /auth/signup\` and \`POST /auth/login\` answer with a \`token\`. Send it as
  \`Authorization: Bearer TOKEN\`. It works until it is unused for 90 days, or until its session ends.
- **Ids** are decimal strings, not numbers: JavaScript's numbers would round them. Newer tweets have larger ids.
- **Times** are ISO 8601 in UTC, with milliseconds.
- **Keys**: \`POST /tweet/{id}\` takes a key of the client's own. After a timeout, send the same request again: it is still
  one tweet.
- **Lists** are newest first. \`limit\` is the number of entries in a page: 1 to 100, by default 20. \`next\` is a path to
  GET for the next older page, with its query, or null at the end. \`before\` and \`after\` take ids: \`before\` for older
  entries, \`after\` for newer ones, both for those between the two.
- **Errors** are RFC 9457 problems, \`application/problem+json\`: \`code\` is for programs, \`detail\` for people. Besides
  the errors that each request lists, bytes that are no HTTP get 400 or 431, slow ones 408, an unknown address 404, an
  unknown method 405 with \`Allow\`, an \`Expect\` that can't be met 417, and a fault of the server 500.
- **Methods**: whatever answers GET answers HEAD, too. OPTIONS lists the methods of an address in \`Allow\`.
- **Lengths** count Unicode code points, except where a description says otherwise. A tweet's text has a weight: at most
  280, where a character counts 1 in most scripts, CJK characters and emoji count 2, and a URL counts 23.
- **Browsers**: an address that people visit answers a browser (\`Accept: text/html\`) with a page.`.trim();

/** The rate limits by name, as a table in Markdown. @param scale multiplies all limits */
function limitsTable(scale: number): string {
  const rows = Object.values(LIMITS).map((spec: LimitSpec) => {
    const counted = COUNTS[spec.name as keyof typeof LIMITS];
    return `| \`${spec.name}\` | ${pointsOf(spec, scale)} ${windowOf(spec.windowSeconds)} | ${counted} |`;
  });
  const { place, strangers } = GUESS_LIMITS;
  const guesses = [place, strangers].map((spec) => `${pointsOf(spec, scale)} ${windowOf(spec.windowSeconds)}`);
  return [
    "`RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` tell the limit, the requests that are left, and the",
    "seconds until the window ends. A reply has none of them if the request was refused before it was counted. 429 and 503",
    "carry `Retry-After`, in seconds. All requests that name a limit share it.",
    "",
    "| limit | requests | counted for |",
    "| --- | --- | --- |",
    ...rows,
    "",
    `Wrong passwords for one account: ${guesses[0]} from one place, ${guesses[1]} from all places that the account has not`,
    "used before. A user may have 128 requests in progress at once, and each JSON body has at most 64 KiB.",
  ].join("\n");
}

/** All codes of problems, as a table in Markdown. */
function codesTable(): string {
  const rows = Object.entries(CODES).map(([code, { meaning, remedy }]) => {
    return `| \`${code}\` | ${PROBLEM_CODES[code as ProblemCode].join(", ")} | ${meaning} | ${remedy} |`;
  });
  return ["| code | status | meaning | what to do |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The description of the whole API. */
export function introduction(scale: number): string {
  return [
    "Tweets, feeds and notifications over HTTP. `/asyncapi.json` describes the live events.",
    `## Conventions\n\n${CONVENTIONS}`,
    `## Limits\n\n${limitsTable(scale)}`,
    `## Codes of problems\n\n${codesTable()}`,
  ].join("\n\n");
}
