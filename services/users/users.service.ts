import { actionsOf } from "../../contract/call.ts";
import type { UserRecord } from "../../contract/records.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { service } from "../../seams/node.ts";
import { createAccounts } from "./accounts.ts";
import { createProfiles } from "./profiles.ts";
import { createSessions, type SessionDoc, SESSIONS } from "./sessions.ts";
import { type UserDoc, USERS } from "./user-doc.ts";

/** Accounts, their sessions and profiles. */
export default service((node) => {
  const { broker, ids } = node;
  const users = node.collection<UserDoc>(USERS);
  const sessionDocs = node.collection<SessionDoc>(SESSIONS);
  const cache = node.cache<UserRecord>({ name: "users", ttlSeconds: 600, max: 100_000 });
  const sessions = createSessions(sessionDocs, broker);
  const accounts = createAccounts({ users, sessions, ids });
  const profiles = createProfiles({ users, cache, logger: broker.logger });

  return {
    name: "users",
    mixins: [storeMixin(users, sessionDocs)],
    actions: actionsOf("users", {
      async signup(ctx) {
        const { token, user } = await accounts.signUp(ctx.params);
        return { token, user: await profiles.view(ctx, user) };
      },

      async login(ctx) {
        const { token, user } = await accounts.logIn(ctx.params);
        return { token, user: await profiles.view(ctx, user) };
      },

      changePassword: (ctx) => accounts.changePassword(ctx.params),

      authenticate: (ctx) => sessions.find(ctx.params.token),
      liveSessions: (ctx) => sessions.live(ctx.params.sessionIds),
      logout: (ctx) => sessions.end([ctx.params.sessionId]),
      logoutAll: (ctx) => sessions.endAll(ctx.params.userId),
      sessions: (ctx) => sessions.list(ctx.params.userId, ctx.params.sessionId),
      endSession: (ctx) => sessions.endByName(ctx.params.userId, ctx.params.id),

      refs: (ctx) => profiles.refs(ctx.params),
      byUsername: (ctx) => profiles.byUsername(ctx.params),
      search: (ctx) => profiles.search(ctx.params),
      idsByUsernames: (ctx) => profiles.idsByUsernames(ctx.params),
      view: (ctx) => profiles.viewById(ctx, ctx.params),
      update: (ctx) => profiles.update(ctx, ctx.params),
    }),
    stopped: () => cache.close(),
  };
});
