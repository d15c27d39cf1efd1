import { z } from "zod";
import { call } from "../../../contract/call.ts";
import { NAME_QUERY_LIMIT_CHARACTERS } from "../../../contract/lengths.ts";
import { atMost, Bio, DisplayName, Id, People, plainText, ProfilePage, User } from "../../../contract/shapes.ts";
import { isBlank } from "../../../lib/invisible.ts";
import { nextPage } from "../../gateway/present.ts";
import { FOLLOWED, OWN_PAGE, OWN_PROFILE, PEOPLE } from "../description/examples.ts";
import { renderProfilePage } from "../../pages/profile.ts";
import { endpoint, PageQuery, UsernameParams } from "../endpoint.ts";

/** Profiles, and how people are found. */
export function userEndpoints() {
  return [
    endpoint({
      name: "getOwnProfile",
      method: "GET",
      path: "/user",
      summary: "The caller's own profile and tweets",
      tag: "Users",
      auth: "required",
      limit: "read",
      query: PageQuery,
      replies: {
        200: {
          description: "Profile and tweets, newest first",
          schema: ProfilePage,
          example: OWN_PAGE,
        },
      },
      async handle({ caller, session: { userId }, query, present }) {
        const { user, page } = await call(caller, "timeline.profile", { userId, viewerId: userId, ...query });
        const tweets = page.items.map(present.tweet);
        return {
          status: 200,
          body: { user: present.profile(user), tweets, next: nextPage("/user", query, page.next) },
        };
      },
    }),

    endpoint({
      name: "updateProfile",
      method: "PATCH",
      path: "/user",
      summary: "Change the caller's profile",
      tag: "Users",
      auth: "required",
      limit: "write",
      body: z
        .strictObject({
          displayName: DisplayName.optional(),
          bio: Bio.optional(),
          avatar: Id.nullable().optional().meta({ description: "the id of an uploaded picture, null for none" }),
        })
        .meta({ examples: [{ displayName: "Ada", bio: "Poetical science", avatar: null }] }),
      replies: { 200: { description: "The updated profile", schema: User, example: OWN_PROFILE } },
      async handle({ caller, session, body, present }) {
        const user = await call(caller, "users.update", { id: session.userId, ...body });
        return { status: 200, body: present.profile(user) };
      },
    }),

    endpoint({
      name: "getProfile",
      method: "GET",
      path: "/user/:username",
      summary: "A user's profile and tweets",
      description: "A browser (`Accept: text/html`) gets a page.",
      tag: "Users",
      auth: "optional",
      limit: "read",
      params: UsernameParams,
      query: PageQuery,
      replies: {
        200: {
          description: "Profile and tweets, newest first",
          schema: ProfilePage,
          example: { user: FOLLOWED, tweets: [], next: null },
        },
      },
      errors: { 404: ["NOT_FOUND"] },
      async handle({ caller, session, params, query, present }) {
        const viewerId = session?.userId;
        const { user, page } = await call(caller, "timeline.profile", { ...params, viewerId, ...query });
        const tweets = page.items.map(present.tweet);
        const next = nextPage(`/user/${user.username}`, query, page.next);
        return { status: 200, body: { user: present.profile(user), tweets, next } };
      },
      page: (profile, site) => renderProfilePage(profile as ProfilePage, site),
    }),

    endpoint({
      name: "findPeople",
      method: "GET",
      path: "/users",
      summary: "Find people",
      description:
        "With `q`, users whose display names or usernames have words that begin so, whatever the case and accents; best " +
        "first. `@` at the beginning seeks usernames alone. Without `q`, users who have tweeted recently, except for " +
        "the caller and the users that the caller follows.",
      tag: "Users",
      auth: "optional",
      limit: "read",
      query: z.object({
        q: atMost(NAME_QUERY_LIMIT_CHARACTERS, plainText)
          .refine((text) => !isBlank(text), "must not be blank")
          .meta({
            minLength: 1,
            description: "the beginnings of words of a name, or of a username with or without the @",
            examples: ["gra"],
          })
          .optional(),
        limit: PageQuery.shape.limit,
      }),
      replies: { 200: { description: "People", schema: People, example: PEOPLE } },
      screen: true,
      async handle({ caller, session, query: { q, limit }, present }) {
        const users =
          q === undefined
            ? await call(caller, "graph.suggestions", { userId: session?.userId, limit })
            : await call(caller, "users.search", { query: q, limit, viewerId: session?.userId });
        return { status: 200, body: { users: users.map(present.person) } };
      },
    }),
  ];
}
