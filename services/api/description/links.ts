import type { z } from "zod";
import type { ZodOpenApiLinksObject } from "zod-openapi";
import { Media, ProfilePage, SignedIn, Tweet, User } from "../../../contract/shapes.ts";

/** An operation that a reply leads to, by its name. */
interface Follow {
  to: string;
  /** The place in the body of the reply, as a JSON pointer, of each parameter. */
  parameters?: Record<string, string>;
  /** A body, in which `$response.body#/…` stands for a value of the reply. */
  body?: object;
}

const ofUser = (at: string): Follow[] =>
  ["getProfile", "listFollowers", "listFollowing", "followUser", "unfollowUser"].map((to) => ({
    to,
    parameters: { username: `${at}/username` },
  }));

/** What can be done next with each shape. Entries of lists are left out, because a list may be empty. */
const FOLLOWS: ReadonlyMap<z.ZodType, Follow[]> = new Map<z.ZodType, Follow[]>([
  [
    Tweet,
    [
      { to: "getTweet", parameters: { id: "/id" } },
      { to: "deleteTweet", parameters: { id: "/id" } },
      { to: "getProfile", parameters: { username: "/author/username" } },
    ],
  ],
  [ProfilePage, ofUser("/user")],
  [User, ofUser("")],
  [SignedIn, ofUser("/user")],
  [
    Media,
    [
      { to: "getMediaFile", parameters: { id: "/id" } },
      { to: "getMediaPreview", parameters: { id: "/id" } },
      { to: "describeMedia", parameters: { id: "/id" }, body: { alt: "A red balloon over the roofs" } },
      { to: "createTweet", body: { text: "Look at this", media: ["$response.body#/id"] } },
      { to: "updateProfile", body: { avatar: "$response.body#/id" } },
    ],
  ],
]);

/** The links of a reply with this schema; undefined if the reply leads nowhere. */
export function linksOf(schema: z.ZodType | undefined): ZodOpenApiLinksObject | undefined {
  const follows = schema && FOLLOWS.get(schema);
  if (!follows) return undefined;
  return Object.fromEntries(
    follows.map(({ to, parameters = {}, body }) => {
      const values = Object.entries(parameters).map(([name, at]) => [name, `$response.body#${at}`] as const);
      const link = { operationId: to, parameters: Object.fromEntries(values) as Record<string, string> };
      return [to, body ? { ...link, requestBody: body } : link];
    }),
  );
}
