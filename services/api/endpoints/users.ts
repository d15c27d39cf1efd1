import { z } from "zod";
import { call } from "../../../contract/call.ts";
import { Bio, DisplayName, Id, People, ProfilePage, User, UserPage } from "../../../contract/shapes.ts";
import { typedName } from "../../../contract/usernames.ts";
import { nextPage } from "../../gateway/present.ts";
import { renderProfilePage } from "../../pages/profile.ts";
import { endpoint, PageQuery, UsernameParams } from "../endpoint.ts";

/** Profiles and follows. */
export function userEndpoints() {
  const list = (which: "followers" | "following") =>
    endpoint({
      method: "GET",
      path: `/user/:username/${which}`,
      summary:
        which === "followers" ? "The followers of a user, newest first" : "The users that a user follows, newest first",
      description: "`before` and `after` take the id of any user in the list. `next` contains another kind of cursor.",
      tag: "Users",
      auth: "none",
      limit: "read",
      params: UsernameParams,
      query: PageQuery,
      replies: { 200: { description: "Users", schema: UserPage } },
      errors: [404],
      screen: true,
      async handle({ caller, params, query, present }) {
        const action = which === "followers" ? "graph.listFollowers" : "graph.listFollowing";
        const { user, page } = await call(caller, action, { ...params, ...query });
        const next = nextPage(`/user/${user.username}/${which}`, query, page.next);
        return { status: 200, body: { users: page.items.map(present.user), next } };
      },
    });

  return [
    endpoint({
      method: "GET",
      path: "/user",
      summary: "The caller's own profile and tweets",
      tag: "Users",
      auth: "required",
      limit: "read",
      query: PageQuery,
      replies: { 200: { description: "Profile and tweets, newest first", schema: ProfilePage } },
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
      replies: { 200: { description: "The updated profile", schema: User } },
      async handle({ caller, session, body, present }) {
        const user = await call(caller, "users.update", { id: session.userId, ...body });
        return { status: 200, body: present.profile(user) };
      },
    }),

    endpoint({
      method: "GET",
      path: "/user/:username",
      summary: "A user's profile and tweets",
      description: "A browser (`Accept: text/html`) gets a page.",
      tag: "Users",
      auth: "optional",
      limit: "read",
      params: UsernameParams,
      query: PageQuery,
      replies: { 200: { description: "Profile and tweets, newest first", schema: ProfilePage } },
      errors: [404],
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
      method: "PUT",
      path: "/user/:username/follow",
      summary: "Follow a user; safe to repeat",
      tag: "Users",
      auth: "required",
      limit: "write",
      params: UsernameParams,
      body: z.strictObject({
        notify: z
          .boolean()
          .optional()
          .meta({ description: "whether the user's tweets notify the caller; by default true" }),
      }),
      replies: { 200: { description: "The user, now followed", schema: User } },
      errors: [404],
      async handle({ caller, session, params, body, present }) {
        const { id } = await call(caller, "users.byUsername", params);
        await call(caller, "graph.follow", { followerId: session.userId, followeeId: id, notify: body.notify });
        const user = await call(caller, "users.view", { id, viewerId: session.userId });
        return { status: 200, body: present.profile(user) };
      },
    }),

    endpoint({
      method: "DELETE",
      path: "/user/:username/follow",
      summary: "Stop following a user; safe to repeat",
      tag: "Users",
      auth: "required",
      limit: "write",
      params: UsernameParams,
      replies: { 200: { description: "The user, no longer followed", schema: User } },
      errors: [404],
      async handle({ caller, session, params, present }) {
        const { id } = await call(caller, "users.byUsername", params);
        await call(caller, "graph.unfollow", { followerId: session.userId, followeeId: id });
        const user = await call(caller, "users.view", { id, viewerId: session.userId });
        return { status: 200, body: present.profile(user) };
      },
    }),

    endpoint({
      method: "GET",
      path: "/users",
      summary: "Find people",
      description:
        "With `q`, users whose usernames begin with it, in alphabetical order. Without `q`, users who have tweeted " +
        "recently, except for the caller and the users that the caller follows.",
      tag: "Users",
      auth: "optional",
      limit: "read",
      query: z.object({
        q: z
          .string()
          .regex(/^@?[A-Za-z0-9_]{1,30}$/, "must be the beginning of a username")
          .optional(),
        limit: PageQuery.shape.limit,
      }),
      replies: { 200: { description: "People", schema: People } },
      screen: true,
      async handle({ caller, session, query: { q, limit }, present }) {
        const users =
          q === undefined
            ? await call(caller, "graph.suggestions", { userId: session?.userId, limit })
            : await call(caller, "users.search", { prefix: typedName(q), limit });
        return { status: 200, body: { users: users.map(present.user) } };
      },
    }),

    list("followers"),
    list("following"),
  ];
}
