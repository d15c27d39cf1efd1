import type { ServiceSchema } from "moleculer";
import { ConflictError, ForbiddenError, InvalidError, NotFoundError, UnauthorizedError } from "../../lib/errors.ts";
import { nowOrSoon } from "../../lib/now-or-soon.ts";
import { normalizeId, timeOf } from "../../lib/snowflake.ts";
import { loadFrom, readThrough } from "../../seams/cache/cache.ts";
import { DuplicateKeyError, type ReadOptions } from "../../seams/collections/collection.ts";
import { findOrAskPrimary } from "../../seams/collections/primary.ts";
import { storeMixin } from "../../mixins/store.mixin.ts";
import { actionsOf, call, type Caller } from "../../contract/actions.ts";
import { broadcast } from "../../contract/events.ts";
import type { Media, User, UserRef } from "../../contract/shapes.ts";
import { avatarOf } from "../media/uses.ts";
import type { Node } from "../../seams/node.ts";
import { checkPassword, hashPassword, hashToken } from "./passwords.ts";
import { createSessions } from "./sessions.ts";
import { isReserved, usernameKey } from "./usernames.ts";

interface UserDoc {
  _id: string;
  username: string;
  usernameKey: string;
  displayName: string;
  bio: string;
  /** A path; the site may move. */
  avatarUrl: string | null;
  passwordHash: string;
}

const DAY_MS = 86_400_000;

/** One for both, so that nobody learns which names there are. */
const wrongCredentials = () => new UnauthorizedError("The name or the password is wrong", "WRONG_CREDENTIALS");

/** Accounts, their sessions and profiles. */
export default function usersService(node: Node): ServiceSchema {
  const { broker, ids } = node;
  const users = node.collection<UserDoc>({
    name: "users",
    indexes: [{ fields: { usernameKey: 1 }, unique: true }],
  });
  const refs = node.cache<UserRef>({ name: "user", ttl: 600, max: 100_000 });
  const sessions = createSessions(node);

  function toRef({ _id, username, displayName, avatarUrl }: UserDoc): UserRef {
    return { id: _id, username, displayName, avatarUrl: avatarUrl === null ? null : node.config.publicUrl + avatarUrl };
  }

  async function create(username: string, password: string, displayName: string): Promise<UserDoc> {
    const passwordHash = await hashPassword(password);
    for (;;) {
      const doc = {
        _id: ids.next(),
        username,
        usernameKey: usernameKey(username),
        displayName,
        bio: "",
        avatarUrl: null,
        passwordHash,
      };
      try {
        return await users.insert(doc);
      } catch (error) {
        if (!(error instanceof DuplicateKeyError)) throw error;
        if (error.field === "usernameKey") throw new ConflictError(`The name ${username} is taken`, "USERNAME_TAKEN");
        // Two nodes drew the same id: draw again.
      }
    }
  }

  async function find(id: string, { fresh }: ReadOptions = {}): Promise<UserDoc> {
    const doc = await findOrAskPrimary(users, (options) => users.findById(id, { fresh, ...options }));
    if (!doc) throw new NotFoundError("There is no such user");
    return doc;
  }

  const load = loadFrom(users, toRef);

  async function useAvatar(caller: Caller, userId: string, mediaId: string): Promise<Media> {
    const field = "avatar";
    const id = normalizeId(mediaId);
    if (id === null) throw new InvalidError([{ field, message: "must be the id of an uploaded picture" }]);
    const [picture] = await call(caller, "media.use", { ids: [id], ownerId: userId, by: avatarOf(userId), field });
    if (picture?.type !== "image") throw new InvalidError([{ field, message: "must be a picture" }]);
    return picture;
  }

  async function view(caller: Caller, doc: UserDoc, viewerId?: string): Promise<User> {
    const userId = doc._id;
    const [counts, tweetsCount, viewer] = await Promise.all([
      call(caller, "graph.counts", { userId }),
      call(caller, "tweets.count", { authorId: userId }),
      viewerId === undefined || viewerId === userId ? undefined : call(caller, "graph.relation", { viewerId, userId }),
    ]);
    const createdAt = timeOf(userId);
    return {
      ...toRef(doc),
      bio: doc.bio,
      createdAt: new Date(createdAt).toISOString(),
      accountAge: Math.max(0, Math.floor((Date.now() - createdAt) / DAY_MS)),
      tweetsCount,
      followersCount: counts.followers,
      followingCount: counts.following,
      ...(viewer && { viewer }),
    };
  }

  return {
    name: "users",
    mixins: [storeMixin(users, sessions.collection)],
    actions: actionsOf("users", {
      async signup(ctx) {
        const { username, password, displayName = username, userAgent } = ctx.params;
        if (isReserved(username)) throw new InvalidError([{ field: "username", message: "is reserved" }]);
        const taken = await users.findOne({ usernameKey: usernameKey(username) });
        if (taken) throw new ConflictError(`The name ${username} is taken`, "USERNAME_TAKEN");
        const doc = await create(username, password, displayName);
        return { token: await sessions.open(doc._id, userAgent), user: await view(ctx, doc) };
      },

      async login(ctx) {
        const { username, password, userAgent } = ctx.params;
        // The password may have been changed because somebody else knows it.
        const doc = await users.findOne({ usernameKey: usernameKey(username) }, { fresh: true });
        const right = await checkPassword(doc?.passwordHash ?? null, password);
        if (!doc || !right) throw wrongCredentials();
        const token = await sessions.open(doc._id, userAgent);
        // A change meanwhile has ended the sessions that it found: this one, or it was too early, and is seen here.
        const now = await users.findById(doc._id, { fresh: true });
        if (now?.passwordHash !== doc.passwordHash) {
          await sessions.end([hashToken(token)]);
          throw wrongCredentials();
        }
        return { token, user: await view(ctx, doc) };
      },

      authenticate: (ctx) => sessions.find(ctx.params.token),
      liveSessions: (ctx) => sessions.live(ctx.params.sessionIds),
      logout: (ctx) => sessions.end([ctx.params.sessionId]),
      logoutAll: (ctx) => sessions.endAll(ctx.params.userId),
      sessions: (ctx) => sessions.list(ctx.params.userId, ctx.params.sessionId),
      endSession: (ctx) => sessions.endByName(ctx.params.userId, ctx.params.id),

      async changePassword(ctx) {
        const { userId, sessionId, current, password } = ctx.params;
        const { passwordHash } = await find(userId, { fresh: true });
        const right = await checkPassword(passwordHash, current);
        // Only in place of the one that was checked: another change may have been quicker.
        const query = { _id: userId, passwordHash };
        const changed =
          right && (await users.updateOne(query, { $set: { passwordHash: await hashPassword(password) } }));
        if (!changed) throw new ForbiddenError("The current password is wrong", "WRONG_CREDENTIALS");
        await sessions.endAll(userId, sessionId);
      },

      async refs({ params: { ids: wanted, fresh } }) {
        const found = await (fresh ? load(wanted, { fresh }) : readThrough(refs, wanted, load, users));
        return found.map((user) => user ?? null);
      },

      async byUsername(ctx) {
        const query = { usernameKey: usernameKey(ctx.params.username) };
        const doc = await findOrAskPrimary(users, (options) => users.findOne(query, options));
        if (!doc) throw new NotFoundError(`There is no user ${ctx.params.username}`);
        return toRef(doc);
      },

      async search(ctx) {
        const { prefix, limit } = ctx.params;
        const key = usernameKey(prefix);
        // After every name that begins so, and before the first that does not: names are of ASCII letters.
        const query = { usernameKey: { $gte: key, $lt: `${key}\u007f` } };
        return (await users.find({ query, sort: ["usernameKey"], limit })).map(toRef);
      },

      async idsByUsernames(ctx) {
        const keys = [...new Set(ctx.params.usernames.map(usernameKey))];
        // Whom a tweet mentions is written into it.
        return (await users.find({ query: { usernameKey: { $in: keys } }, fresh: true })).map((doc) => doc._id);
      },

      view: async (ctx) => view(ctx, await find(ctx.params.id), ctx.params.viewerId),

      async update(ctx) {
        const { id, displayName, bio, avatar } = ctx.params;
        const picture = avatar == null ? avatar : await useAvatar(ctx, id, avatar);
        const changes = {
          ...(displayName !== undefined && { displayName }),
          ...(bio !== undefined && { bio }),
          ...(picture !== undefined && { avatarUrl: picture?.previewUrl ?? null }),
        };
        const doc = Object.keys(changes).length > 0 ? await users.updateById(id, { $set: changes }) : await find(id);
        if (!doc) throw new NotFoundError("There is no such user");
        await nowOrSoon(broker.logger, `renewing the cached name and picture of ${id}`, async () =>
          refs.put(id, toRef(await find(id, { fresh: true }))),
        );
        // The picture before it; should this fail, it goes with the next sweep.
        if (picture !== undefined)
          void call(ctx, "media.release", { by: avatarOf(id), except: picture?.id }).catch(() => undefined);
        broadcast(broker, "user.updated", { id });
        return view(ctx, doc);
      },
    }),
    stopped: () => refs.close(),
  };
}
