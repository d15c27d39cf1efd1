import { z } from "zod";
import { call } from "../../../contract/call.ts";
import { User, UserPage } from "../../../contract/shapes.ts";
import { nextPage } from "../../gateway/present.ts";
import { FOLLOWED, NOT_FOLLOWED, USERS } from "../description/examples.ts";
import { endpoint, PageQuery, UsernameParams } from "../endpoint.ts";

/** Who follows whom. */
export function followEndpoints() {
  const list = (which: "followers" | "following") =>
    endpoint({
      name: which === "followers" ? "listFollowers" : "listFollowing",
      method: "GET",
      path: `/user/:username/${which}`,
      summary:
        which === "followers" ? "The followers of a user, newest first" : "The users that a user follows, newest first",
      description: "`before` and `after` take the id of any user in the list. `next` contains another kind of cursor.",
      tag: "Users",
      auth: "optional",
      limit: "read",
      params: UsernameParams,
      query: PageQuery,
      replies: { 200: { description: "Users", schema: UserPage, example: USERS } },
      errors: { 404: ["NOT_FOUND"] },
      screen: true,
      async handle({ caller, session, params, query, present }) {
        const action = which === "followers" ? "graph.listFollowers" : "graph.listFollowing";
        const { user, page } = await call(caller, action, { ...params, viewerId: session?.userId, ...query });
        const next = nextPage(`/user/${user.username}/${which}`, query, page.next);
        return { status: 200, body: { users: page.items.map(present.person), next } };
      },
    });

  return [
    endpoint({
      name: "followUser",
      method: "PUT",
      path: "/user/:username/follow",
      summary: "Follow a user; safe to repeat",
      tag: "Users",
      auth: "required",
      limit: "write",
      params: UsernameParams,
      description:
        "Their tweets then notify the caller, unless `notify` is false. To change that later, follow them again with " +
        "another `notify`; without one, the choice becomes true again.",
      body: z
        .strictObject({
          notify: z
            .boolean()
            .optional()
            .meta({ description: "whether the user's tweets notify the caller", default: true }),
        })
        .meta({ examples: [{ notify: true }] }),
      replies: { 200: { description: "The user, now followed", schema: User, example: FOLLOWED } },
      errors: { 404: ["NOT_FOUND"] },
      async handle({ caller, session, params, body, present }) {
        const { id } = await call(caller, "users.byUsername", params);
        await call(caller, "graph.follow", { followerId: session.userId, followeeId: id, notify: body.notify });
        const user = await call(caller, "users.view", { id, viewerId: session.userId });
        return { status: 200, body: present.profile(user) };
      },
    }),

    endpoint({
      name: "unfollowUser",
      method: "DELETE",
      path: "/user/:username/follow",
      summary: "Stop following a user; safe to repeat",
      tag: "Users",
      auth: "required",
      limit: "write",
      params: UsernameParams,
      replies: { 200: { description: "The user, no longer followed", schema: User, example: NOT_FOLLOWED } },
      errors: { 404: ["NOT_FOUND"] },
      async handle({ caller, session, params, present }) {
        const { id } = await call(caller, "users.byUsername", params);
        await call(caller, "graph.unfollow", { followerId: session.userId, followeeId: id });
        const user = await call(caller, "users.view", { id, viewerId: session.userId });
        return { status: 200, body: present.profile(user) };
      },
    }),

    list("followers"),
    list("following"),
  ];
}
