import type { z } from "zod";
import type { ZodOpenApiLinksObject } from "zod-openapi";
import { Media, ProfilePage, SignedIn, Tweet, User } from "../../../contract/shapes.ts";
import { operationIdOf } from "./operation-id.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** An operation that a reply leads to. */
interface Follow {
  to: `${Method} /${string}`;
  /** The place in the body of the reply, as a JSON pointer, of each parameter. */
  parameters?: Record<string, string>;
  /** A body, in which `$response.body#/…` stands for a value of the reply. */
  body?: object;
}

const ofUser = (at: string): Follow[] =>
  (
    [
      "GET /user/:username",
      "GET /user/:username/followers",
      "GET /user/:username/following",
      "PUT /user/:username/follow",
      "DELETE /user/:username/follow",
    ] as const
  ).map((to) => ({ to, parameters: { username: `${at}/username` } }));

/** What can be done next with each shape. Entries of lists are left out, because a list may be empty. */
const FOLLOWS: ReadonlyMap<z.ZodType, Follow[]> = new Map<z.ZodType, Follow[]>([
  [
    Tweet,
    [
      { to: "GET /tweet/:id", parameters: { id: "/id" } },
      { to: "DELETE /tweet/:id", parameters: { id: "/id" } },
      { to: "GET /user/:username", parameters: { username: "/author/username" } },
    ],
  ],
  [ProfilePage, ofUser("/user")],
  [User, ofUser("")],
  [SignedIn, ofUser("/user")],
  [
    Media,
    [
      { to: "GET /media/:id", parameters: { id: "/id" } },
      { to: "GET /media/:id/preview", parameters: { id: "/id" } },
      { to: "PATCH /media/:id", parameters: { id: "/id" }, body: { alt: "A red balloon over the roofs" } },
      { to: "POST /tweet", body: { text: "Look at this", media: ["$response.body#/id"] } },
      { to: "PATCH /user", body: { avatar: "$response.body#/id" } },
    ],
  ],
]);

/** The links of a reply with this schema; undefined if the reply leads nowhere. */
export function linksOf(schema: z.ZodType | undefined): ZodOpenApiLinksObject | undefined {
  const follows = schema && FOLLOWS.get(schema);
  if (!follows) return undefined;
  return Object.fromEntries(
    follows.map(({ to, parameters = {}, body }) => {
      const [method, path] = to.split(" ") as [Method, string];
      const operationId = operationIdOf(method, path);
      const values = Object.entries(parameters).map(([name, at]) => [name, `$response.body#${at}`] as const);
      const link = { operationId, parameters: Object.fromEntries(values) as Record<string, string> };
      return [operationId, body ? { ...link, requestBody: body } : link];
    }),
  );
}
