import { actionsOf } from "../../contract/call.ts";
import type { UserRecord } from "../../contract/records.ts";
import { messageOf } from "../../lib/errors.ts";
import { every } from "../../lib/every.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { service } from "../../seams/node.ts";
import { createAccounts } from "./accounts.ts";
import { createPeople } from "./people.ts";
import { createPlaces, type PlaceDoc, PLACES } from "./places.ts";
import { createProfiles } from "./profiles.ts";
import { createSessions, type SessionDoc, SESSIONS } from "./sessions.ts";
import { sweepIdle } from "./sweep.ts";
import { type UserDoc, USERS } from "./user-doc.ts";

const SWEEP_EVERY_MS = 10 * 60_000;
/** The first sweep comes some seconds after the start, at another time on each node. */
const FIRST_SWEEP_MS = 5000;
/** One run makes the search keys of 10,000 users, so 100,000 users of an earlier version take some minutes. */
const ADD_KEYS_EVERY_MS = 15_000;

/** Accounts, their sessions and profiles. */
export default service((node) => {
  const { broker, ids, leases } = node;
  const users = node.collection<UserDoc>(USERS);
  const sessionDocs = node.collection<SessionDoc>(SESSIONS);
  const placeDocs = node.collection<PlaceDoc>(PLACES);
  const cache = node.cache<UserRecord>({ name: "users", ttlSeconds: 600, max: 100_000 });
  const sessions = createSessions(sessionDocs, broker, leases);
  const { logger } = broker;
  const accounts = createAccounts({ users, sessions, places: createPlaces(placeDocs), ids, logger });
  const profiles = createProfiles({ users, cache, logger, leases });
  const people = createPeople(users);
  const addKeys = every(ADD_KEYS_EVERY_MS, () => people.addKeys(), {
    firstMs: FIRST_SWEEP_MS * Math.random(),
    onError: (error) => logger.warn("Search keys of users could not be made, trying again:", messageOf(error)),
  });
  const sweep = every(SWEEP_EVERY_MS, () => sweepIdle({ sessionDocs, sessions, placeDocs }), {
    firstMs: FIRST_SWEEP_MS * (1 + Math.random()),
    onError: (error) => logger.warn("Idle sessions could not be removed, trying again:", messageOf(error)),
  });

  return {
    name: "users",
    mixins: [storeMixin(users, sessionDocs, placeDocs)],
    actions: actionsOf("users", {
      checkUsername: (ctx) => accounts.checkUsername(ctx.params),
      signup: async (ctx) => profiles.view(ctx, await accounts.signUp(ctx.params)),
      beginLogin: (ctx) => accounts.beginLogin(ctx.params),
      login: async (ctx) => profiles.view(ctx, await accounts.logIn(ctx.params)),
      passwordRecipe: (ctx) => accounts.passwordRecipe(ctx.params),
      changePassword: (ctx) => accounts.changePassword(ctx.params),

      authenticate: (ctx) => sessions.find(ctx.params.sessionId),
      liveSessions: (ctx) => sessions.live(ctx.params.sessionIds),
      logout: (ctx) => sessions.end([ctx.params.sessionId]),
      logoutAll: (ctx) => sessions.endAll(ctx.params.userId),
      sessions: (ctx) => sessions.list(ctx.params.userId, ctx.params.sessionId),
      endSession: (ctx) => sessions.endByName(ctx.params.userId, ctx.params.id),

      refs: (ctx) => profiles.refs(ctx.params),
      byUsername: (ctx) => profiles.byUsername(ctx.params),
      people: (ctx) => people.people(ctx, ctx.params),
      search: (ctx) => people.search(ctx, ctx.params),
      idsByUsernames: (ctx) => profiles.idsByUsernames(ctx.params),
      view: (ctx) => profiles.viewById(ctx, ctx.params),
      update: (ctx) => profiles.update(ctx, ctx.params),
    }),
    started() {
      sweep.start();
      addKeys.start();
    },
    async stopped() {
      await Promise.all([sweep.stop(), addKeys.stop()]);
      await cache.close();
    },
  };
});
