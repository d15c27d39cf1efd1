// No parser of strangers' text may need much time for 10,000 characters, whatever they are. These parsers run on the one
// thread that serves everybody.
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { z } from "zod";
import type { Session } from "../../contract/records.ts";
import { Bio, DisplayName, Location, Metadata, plainText, TweetInput, Username } from "../../contract/shapes.ts";
import { piecesOf } from "../../contract/text.ts";
import { weightedLength } from "../../contract/weight.ts";
import { isBlank, withoutDisguise } from "../../lib/invisible.ts";
import { normalizeId } from "../../lib/snowflake.ts";
import { Copies } from "../../seams/leases/copies.ts";
import { findUrls } from "../../lib/urls.ts";
import { PageQuery } from "../../services/api/endpoint.ts";
import { parseRange } from "../../services/api/range.ts";
import { acceptedCoding } from "../../services/gateway/encoding.ts";
import { matchesTag } from "../../services/gateway/etag.ts";
import { AltText } from "../../services/api/uploads/alt-text.ts";
import { wantsHtml } from "../../services/gateway/accept.ts";
import { addressOf } from "../../services/gateway/address.ts";
import { authenticate, cookieToken, isOwnOrigin } from "../../services/gateway/auth.ts";
import { parseInput, readJson, readQuery } from "../../services/gateway/request.ts";
import { oembedFor } from "../../services/pages/oembed.ts";
import { cleanText, oneLine } from "../../lib/one-line.ts";
import { initial, linkedText } from "../../services/pages/text.ts";
import { parseTweetUrl, webUrl } from "../../services/pages/urls.ts";
import { checkText, mentionedNames } from "../../services/tweets/text.ts";

const LENGTH = 10_000;
const LIMIT_MS = 50;
/** The other tests of a machine can only make a run slower, so the best of these counts. */
const TRIES = 10;
/** Random units for each parser, besides those below. */
const RANDOM_UNITS = 25;

/** Characters that some parser gives a meaning. */
const ALPHABET = [
  ..."./:@#$%&?=+*,;\"'\\`<>()[]{}|~^!_- \t\r\n019aAxé日あ",
  ..."＠＃。．・️\u200d\u200c\u200b\u0301\u0316\u0f71\u00ad\u061c\u202e\u2066\ufeff\uffff\u0000\u007f\u0085\u2028\u3000",
  ..."가\u1100\u1161שﷺ🐦👩🇯\u{e0061}\u{1f3fb}",
  "\ud800",
  "\udc00",
];
/** Units that have cost a parser of this kind much time, here or elsewhere. */
const NASTY = [
  ..."日. a. a.日. a- a-. a_. _a.co .com a.co 日.co 日.com a.co/ /a ( (a (a) (a(b)) (a). ?a ?. ://a http:// https://t.co/a".split(
    " ",
  ),
  ...'@a @a/b @@ #a #1 #1a $a RT@a :1 ::1 ]:1 [:: [a] 1.1 1.1: -1 0-, bytes=0- W/ W/" ", *, */*, a/b, a/b;q=1, a;q=" a=b; a=" ;a= ;='.split(
    " ",
  ),
  ...'session=a; session= Bearer x-a -x -u-a -aa &a= &a a[]=& %2 %00 %e2 %e2%28 {"a": [[ {} 1, 1e9 "a":1, \\u0000 \\ud800 ..%2f ../ /tweet/ /media/1/'.split(
    " ",
  ),
  "a b",
  " a",
  "\r\n",
  "\n ",
  "a\n",
  "\u0301\u0316",
  "e\u0301\u0316",
  "\u0f71\u0f72\u0f74",
  "1\ufe0f\u20e3",
  "👩\u200d",
  "☺\ufe0f",
];

const request = (headers: Record<string, string>, url = "/", method = "GET") =>
  ({ headers, url, method, socket: { remoteAddress: "192.0.2.1" } }) as unknown as IncomingMessage;
const site = { publicUrl: "https://starling.example" };
const ownSite = { ...site, trustsHost: true };
const author = { id: "1", username: "alice", displayName: "Alice", avatarUrl: null };
const sessions = new Copies<Session>({ max: 10, leaseMs: 1000, isReached: () => true });
const caller = { call: () => Promise.resolve(null) } as never;
const tweet = (text: string) => ({
  ...{ id: "1", url: "https://starling.example/tweet/1", text, createdAt: "2026-11-27T12:00:00.000Z", author },
  ...{ media: [], location: null, metadata: {} },
});
const json = (raw: string) =>
  readJson(
    Object.assign(Readable.from([Buffer.from(raw)]), { headers: { "content-type": "application/json" } }) as never,
  );

/** What reads strangers' text, except for media, multipart bodies and frames of sockets. A refusal is fine. */
const PARSERS: Record<string, (text: string) => unknown> = {
  "the check of a tweet": (text) => checkText(text, false),
  "the weight of a tweet": weightedLength,
  "the URLs of a text": findUrls,
  "the names that a text mentions": mentionedNames,
  "the text of a share page": (text) => linkedText(text).markup,
  "the text of oEmbed": (text) => oembedFor(tweet(text), site),
  "the pieces of a text": piecesOf,
  "the pieces of a text with a protocol": (text) => piecesOf(`https://${text}`),
  "the pieces of a text with a host": (text) => piecesOf(`http://a.日/${text} http://b:c${text} http://[${text}`),
  "the pieces of a text with a tag": (text) => piecesOf(`#1${text}`),
  "a title": (text) => oneLine(text, 60),
  "an attribute": (text) => oneLine(text),
  "the text of a page": cleanText,
  "an initial": initial,
  "what is blank": isBlank,
  "what deceives": withoutDisguise,
  "plain text": (text) => plainText.parse(text),
  "a display name": (text) => DisplayName.parse(text),
  "a bio": (text) => Bio.parse(text),
  "a description": (text) => AltText.parse(text),
  "a place": (text) => Location.parse({ lat: 1, lon: 2, name: text }),
  "a username": (text) => Username.parse(text),
  "a language tag": (text) => Metadata.parse({ client: text, lang: `en-${text}` }),
  "a tweet": (text) => parseInput(TweetInput, { text, media: [text], [text]: text }),
  "an id": normalizeId,
  "a cursor": (text) => parseInput(PageQuery, { limit: text, before: text, after: text }),
  "a query": (text) => readQuery(`/users?${text}`),
  "a query of a list": (text) => parseInput(PageQuery, readQuery(`/feed?limit=${text}&before=${text}`)),
  "a cookie": (text) => cookieToken({ cookie: text }, site.publicUrl),
  "the session cookie": (text) => cookieToken({ cookie: `a=b; session=${text}` }, site.publicUrl),
  "an Authorization header": (text) =>
    authenticate(caller, request({ authorization: `Bearer ${text}` }), { required: false, site: ownSite, sessions }),
  "an Origin header": (text) => isOwnOrigin({ headers: { origin: `https://${text}`, host: text } }, ownSite),
  "an Accept-Encoding header": (text) => [
    acceptedCoding({ headers: { "accept-encoding": text } }),
    acceptedCoding({ headers: { "accept-encoding": `gzip;q=${text}, ${text}` } }),
  ],
  "an Accept header": (text) => wantsHtml({ headers: { accept: text } }),
  "a User-Agent header": (text) => wantsHtml({ headers: { accept: "*/*", "user-agent": text } }),
  "a Range header": (text) => [parseRange(text, 1000), parseRange(`bytes=${text}`, 1000)],
  "an If-None-Match header": (text) => matchesTag(text, '"tag"'),
  "an X-Forwarded-For header": (text) => addressOf(request({ "x-forwarded-for": text }), 2),
  "the url of oEmbed": (text) => [
    parseTweetUrl(text, site.publicUrl),
    parseTweetUrl(`${site.publicUrl}/tweet/${text}`, site.publicUrl),
  ],
  "an address": (text) => [webUrl(text), webUrl(`https://${text}`), webUrl(text, site.publicUrl)],
  "a JSON body": json,
  "a JSON body with a text": (text) => json(JSON.stringify({ text })),
  "a JSON body of nested lists": (text) => json(`{"a":${"[".repeat(text.length / 2)}${text}`),
};

async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  try {
    await work();
  } catch {
    // A refusal takes as little time as an answer must.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The CPU time that a parser needs, in milliseconds: at best, but only tried again if it is too much. */
async function bestMs(parse: (text: string) => unknown, unit: string): Promise<number> {
  const text = unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);
  let best = Infinity;
  for (let tried = 0; tried < TRIES && best >= LIMIT_MS; tried++) {
    best = Math.min(best, await cpuMs(() => parse(text)));
  }
  return best;
}

describe.each(Object.entries(PARSERS))("%s", (_what, parse) => {
  it("takes less than 50 ms for 10,000 characters", async () => {
    const slow = [];
    for (const unit of [...ALPHABET, ...NASTY]) {
      const ms = await bestMs(parse, unit);
      if (ms >= LIMIT_MS) slow.push([unit, ms]);
    }
    expect(slow).toEqual([]);
    const character = fc.oneof(fc.constantFrom(...ALPHABET), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
    const unit = fc.array(character, { minLength: 1, maxLength: 4 }).map((characters) => characters.join(""));
    await fc.assert(
      fc.asyncProperty(unit, async (some) => {
        expect(await bestMs(parse, some)).toBeLessThan(LIMIT_MS);
      }),
      { numRuns: RANDOM_UNITS },
    );
  });
});

describe("input", () => {
  const Body = z.strictObject({ text: z.string().optional(), location: Location.optional() });
  const read = async (raw: string) => parseInput(Body, await json(raw));
  const many = (count: number, entry: (index: number) => string) => Array.from({ length: count }, (_, n) => entry(n));

  it.each([
    ["a deep object", `{"text":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`],
    ["a deep list", `{"text":${"[".repeat(30_000)}${"]".repeat(30_000)}}`],
    ["a list that does not end", `{"text":${"[".repeat(60_000)}`],
    ["a field given thousands of times", `{${many(5000, () => '"text":"a"').join()}}`],
    ["thousands of fields", `{${many(5000, (n) => `"${n}":1`).join()}}`],
    ["thousands of fields in a field", `{"location":{"lat":1,"lon":1,${many(5000, (n) => `"${n}":1`).join()}}}`],
    ["fields whose names are numbers", `{${many(5000, (n) => `"${4_000_000_000 - n * 7}":1`).join()}}`],
    ["a prototype", `{${many(4000, () => '"__proto__":{}').join()}}`],
    ["a huge number", `{"text":${"9".repeat(60_000)}}`],
    ["a number of many digits", `{"location":{"lat":0.${"1".repeat(60_000)},"lon":1e${"9".repeat(1000)}}}`],
    ["escapes", `{"text":"${"\\ud800".repeat(10_000)}"}`],
  ])("such as %s takes less than 50 ms", async (_what, raw) => {
    expect(await bestMs(() => read(raw), "x")).toBeLessThan(LIMIT_MS);
  });

  it.each([
    ["a query of many names", (n: number) => `x${n.toString(36)}`],
    ["a query of one name", () => "a=1"],
  ])("such as %s takes less than 50 ms", async (_what, entry) => {
    expect(await bestMs(() => readQuery(`/?${many(4000, entry).join("&")}`), "x")).toBeLessThan(LIMIT_MS);
  });
});
