import { z } from "zod";
import { PROBLEM_CODES, type ProblemCode } from "../lib/problem-codes.ts";
import { isBlank, withoutByteOrderMark, withoutDisguise } from "../lib/invisible.ts";
import {
  BIO_LIMIT_CHARACTERS,
  DISPLAY_NAME_LIMIT_CHARACTERS,
  displayNameLength,
  lengthOf,
  PLACE_LIMIT_CHARACTERS,
} from "./lengths.ts";
import { USERNAME, USERNAME_LIMIT } from "./usernames.ts";
import { MAX_UNITS, MAX_WEIGHT } from "./weight.ts";

/*
 * The shapes of the public contract. Each is written once, here: requests are validated with these schemas, the OpenAPI
 * description is generated from them, and the types are inferred from them.
 */

/** An id in a reply or in a body. */
export const Id = z.string().regex(/^[0-9]{1,19}$/, "must be an id: 1 to 19 digits");
/**
 * The description of ids that `normalizeId` takes. It leaves out those from 9000000000000000000, of the year 2078, to
 * the last one of 64 bits, because the exact pattern is too long to read.
 */
export const ID_PATTERN = "^[0-8]?[0-9]{1,18}$";

const count = z.int().min(0);
const timestamp = z.iso.datetime().describe("ISO-8601 UTC with milliseconds");

/** Text of at most so many characters, which are Unicode code points as in JSON Schema; `z.max` counts UTF-16 units. */
export function atMost(limit: number, schema: z.ZodString = z.string()): z.ZodString {
  return schema
    .refine((text) => lengthOf(text) <= limit, `must be at most ${limit} characters`)
    .meta({
      maxLength: limit,
    });
}

/**
 * Text that a database and a page can hold: well-formed Unicode without control characters and noncharacters. A byte
 * order mark at the beginning comes along when text is pasted from a file, and is removed.
 */
export const plainText = z
  .string()
  .overwrite(withoutByteOrderMark)
  .refine((text) => text.isWellFormed(), "must be well-formed Unicode: it has half of a surrogate pair")
  // eslint-disable-next-line no-control-regex
  .refine((text) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text), "must not hold control characters")
  .refine(
    (text) => !/[\ufeff\p{Noncharacter_Code_Point}]/u.test(text),
    "must not hold noncharacters or byte order marks, such as U+FFFE",
  )
  .meta({ pattern: "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$" });

export const Username = z.string().regex(USERNAME, `must be 1 to ${USERNAME_LIMIT} letters, digits or underscores`);
/** Longest password before normalization, in UTF-16 units: normalizing much longer text would take long. */
const PASSWORD_UNITS_LIMIT = 1000;
/** The same password whichever way Unicode writes it: characters are counted in the form NFC. */
export const Password = z
  .string()
  .refine((text) => text.isWellFormed(), "must be well-formed Unicode: it has half of a surrogate pair")
  .refine((text) => {
    if (text.length > PASSWORD_UNITS_LIMIT) return false;
    const length = [...text.normalize("NFC")].length;
    return length >= 8 && length <= 128;
  }, "must be 8 to 128 characters")
  .meta({ minLength: 8, maxLength: 128, format: "password" });
/** The characters that one line of plain text can't have, as patterns of the description write them. */
const NOT_IN_LINE = "\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029";
export const DisplayName = plainText
  .overwrite(withoutDisguise)
  .refine((text) => !/[\t\n\r\u0085\u2028\u2029]/.test(text), "must be one line, without tabs")
  .refine((text) => !isBlank(text), "must not be blank: it needs a visible character")
  .refine(
    (text) => displayNameLength(text) <= DISPLAY_NAME_LIMIT_CHARACTERS,
    `must be at most ${DISPLAY_NAME_LIMIT_CHARACTERS} characters`,
  )
  .meta({
    minLength: 1,
    maxLength: DISPLAY_NAME_LIMIT_CHARACTERS,
    pattern: `^[^${NOT_IN_LINE}]*[^\\s${NOT_IN_LINE}][^${NOT_IN_LINE}]*$`,
  });
/** A bio that shows nothing is an empty one. */
export const Bio = atMost(BIO_LIMIT_CHARACTERS, plainText).overwrite((text) => (isBlank(text) ? "" : text));
export const TweetKey = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "must be 1 to 64 letters, digits, dashes or underscores");

export const UserRef = z
  .object({ id: Id, username: z.string(), displayName: z.string(), avatarUrl: z.string().nullable() })
  .meta({ id: "UserRef" });

const Viewer = z.object({ following: z.boolean(), followedBy: z.boolean(), notify: z.boolean() });
const viewer = Viewer.optional().describe(
  "the caller's relation to this user; absent without a caller, and for the caller's own account",
);

export const Person = z.object({ ...UserRef.shape, bio: z.string(), viewer }).meta({ id: "Person" });

export const User = z
  .object({
    ...UserRef.shape,
    bio: z.string(),
    createdAt: timestamp,
    accountAge: count.describe("whole days"),
    tweetsCount: count,
    followersCount: count,
    followingCount: count,
    viewer,
  })
  .meta({ id: "User" });

export const Media = z
  .object({
    id: Id,
    type: z.enum(["image", "video"]),
    contentType: z.string().optional().describe("the MIME type of the file at `url`"),
    url: z.string(),
    previewUrl: z.string().describe("a WebP of at most 800 pixels on a side; that of a video is its poster"),
    width: count.describe("pixels"),
    height: count.describe("pixels"),
    alt: z.string().nullable(),
    bytes: count,
    duration: z.number().optional().describe("seconds; absent for pictures, and for videos whose file does not say"),
    placeholder: z.string().optional().describe("a tiny picture as a data: URL, to show while the real one loads"),
  })
  .meta({ id: "Media" });

export const Location = z
  .strictObject({
    lat: z.number().min(-90).max(90),
    lon: z.number().min(-180).max(180),
    name: atMost(PLACE_LIMIT_CHARACTERS, plainText).optional(),
  })
  // A name that shows nothing counts as none.
  .overwrite(({ name = "", ...place }) => (isBlank(name) ? place : { ...place, name }))
  .meta({ id: "Location" });

/** A language with subtags, extensions (`-u-hc-h12`) and private use (`-x-a`); or a tag that is all private use. */
const LANGUAGE_TAG =
  /^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*(-[A-WYZa-wyz0-9](-[A-Za-z0-9]{2,8})+)*(-[Xx](-[A-Za-z0-9]{1,8})+)?|[Xx](-[A-Za-z0-9]{1,8})+)$/;

export const Metadata = z
  .strictObject({
    client: atMost(100, plainText).optional().describe("the program that sent the tweet"),
    lang: z.string().regex(LANGUAGE_TAG, "must be a BCP 47 language tag").max(35).optional(),
  })
  // As with the name of a place.
  .overwrite(({ client = "", ...rest }) => (isBlank(client) ? rest : { ...rest, client }))
  .meta({ id: "Metadata" });

export const Tweet = z
  .object({
    id: Id,
    key: z.string().optional(),
    url: z.string(),
    text: z.string(),
    createdAt: timestamp,
    author: UserRef,
    media: z.array(Media),
    location: Location.nullable(),
    metadata: Metadata,
  })
  .meta({ id: "Tweet" });

export const TweetInput = z
  .strictObject({
    text: plainText
      .max(MAX_UNITS, "is far too long")
      .describe(
        `at most ${MAX_WEIGHT} by weight: a character counts 1 in most scripts, CJK characters and emoji count 2, a URL ` +
          "counts 23. It may be empty only if there is media. `maxLength` is what a text of long URLs may have",
      ),
    media: z.array(Id).max(4, "must be at most 4").optional().meta({ description: "ids of uploads" }),
    location: Location.nullish(),
    metadata: Metadata.optional(),
  })
  .meta({
    id: "TweetInput",
    examples: [
      { text: "Good morning, world" },
      {
        text: "Reading under a tree: https://example.com/books #books",
        location: { lat: 52.5145, lon: 13.3501, name: "Tiergarten" },
        metadata: { client: "example", lang: "en" },
      },
    ],
  });

export const Notification = z
  .object({
    id: Id,
    kind: z.enum(["tweet", "follow", "mention"]),
    createdAt: timestamp,
    read: z.boolean(),
    group: z
      .string()
      .describe(
        "the same for notifications that belong in one row: tweets of one hour, or followers of one day. " +
          "A mention is always a group of its own",
      ),
    actor: UserRef,
    tweet: Tweet.optional(),
  })
  .meta({ id: "Notification" });

export const SessionInfo = z
  .object({
    id: z.string().regex(/^[0-9a-f]{16}$/),
    createdAt: timestamp,
    lastSeenAt: timestamp,
    userAgent: z.string().nullable(),
    browser: z.string().nullable().meta({ description: "The name of the browser, as `userAgent` tells it" }),
    system: z.string().nullable().meta({ description: "The name of the operating system" }),
    address: z
      .string()
      .nullable()
      .meta({ description: "The IPv4 address, or the /64 network of the IPv6 address, of the login" }),
    current: z.boolean(),
  })
  .meta({ id: "Session" });

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(PROBLEM_CODES) as ProblemCode[]).describe("the machine-readable name of the problem"),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457" });

export const TweetPage = z.object({ tweets: z.array(Tweet), next: z.string().nullable() });
export const ProfilePage = z.object({ user: User, tweets: z.array(Tweet), next: z.string().nullable() });
export const UserPage = z.object({ users: z.array(Person), next: z.string().nullable() });
export const People = z.object({ users: z.array(Person) });
export const NotificationPage = z.object({
  notifications: z.array(Notification),
  unread: count.describe("how many notifications are unread, up to 100"),
  unreadGroups: z
    .array(z.string())
    .describe("the groups with unread notifications, up to 100: their number is what a badge shows"),
  next: z.string().nullable(),
});
export const SignedIn = z.object({ token: z.string(), user: User });

export type UserRef = z.infer<typeof UserRef>;
export type Viewer = z.infer<typeof Viewer>;
export type Person = z.infer<typeof Person>;
export type User = z.infer<typeof User>;
export type Media = z.infer<typeof Media>;
export type Location = z.infer<typeof Location>;
export type Metadata = z.infer<typeof Metadata>;
export type Tweet = z.infer<typeof Tweet>;
export type TweetInput = z.infer<typeof TweetInput>;
export type Notification = z.infer<typeof Notification>;
export type SessionInfo = z.infer<typeof SessionInfo>;
export type Problem = z.infer<typeof Problem>;
export type TweetPage = z.infer<typeof TweetPage>;
export type ProfilePage = z.infer<typeof ProfilePage>;
export type UserPage = z.infer<typeof UserPage>;
export type People = z.infer<typeof People>;
export type NotificationPage = z.infer<typeof NotificationPage>;
export type SignedIn = z.infer<typeof SignedIn>;
