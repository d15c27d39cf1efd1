import { z } from "zod";
import { call } from "../../../contract/call.ts";
import { atMost, DisplayName, Password, SessionInfo, SignedIn, User, Username } from "../../../contract/shapes.ts";
import type { Node } from "../../../seams/node.ts";
import { clearedCookies } from "../../gateway/auth.ts";
import { browserName } from "../accounts/browser-name.ts";
import { DEVICE, OWN_PROFILE, PASSWORD, SESSION, TOKEN } from "../description/examples.ts";
import { createSignIn } from "../accounts/sign-in.ts";
import { endpoint, nameIn } from "../endpoint.ts";

const EXAMPLE = { username: "ada", password: PASSWORD };
const SIGNED_IN = { token: TOKEN, user: OWN_PROFILE };
const NEW_PROFILE = { ...OWN_PROFILE, bio: "", accountAge: 0, tweetsCount: 0, followersCount: 0, followingCount: 0 };
const SETS_COOKIE = { "Set-Cookie": "SessionCookie" } as const;

/** Sign-up, login, and the sessions of an account. */
export function accountEndpoints({ config, limiter }: Pick<Node, "config" | "limiter">) {
  const { publicUrl } = config;
  const signIn = createSignIn({ config, limiter });

  return [
    endpoint({
      name: "signUp",
      method: "POST",
      path: "/auth/signup",
      summary: "Sign up",
      description:
        "The username has 1 to 30 letters, digits or underscores, and is unique whatever the case. The password has 8 to " +
        "128 characters, and must be none of the most common ones, nor a name. It is the same whichever way Unicode " +
        "writes it (NFC). The display name has at most 50 characters; without one, it is the username.",
      tag: "Accounts",
      auth: "none",
      limit: "signup",
      body: z
        .strictObject({ username: Username, password: Password, displayName: DisplayName.optional() })
        .meta({ examples: [{ ...EXAMPLE, displayName: "Ada" }] }),
      replies: {
        201: {
          description: "The new account and its first session",
          schema: SignedIn,
          example: { token: TOKEN, user: NEW_PROFILE },
          headers: SETS_COOKIE,
        },
      },
      errors: { 409: ["USERNAME_TAKEN"] },
      async handle({ caller, req, body, present }) {
        const { token, user, headers } = await signIn.signUp(caller, req, body);
        return { status: 201, body: { token, user: present.profile(user) }, headers };
      },
    }),

    endpoint({
      name: "logIn",
      method: "POST",
      path: "/auth/login",
      summary: "Log in",
      description:
        "Too many wrong passwords are refused for a while, with `Retry-After`. Clients that keep the cookie `device` " +
        "of their last login, and those at an address from which the account has logged in before, are not refused for " +
        "what others tried.",
      tag: "Accounts",
      auth: "none",
      limit: "login",
      body: z.strictObject({ username: atMost(1000), password: atMost(1000) }).meta({ examples: [EXAMPLE] }),
      replies: {
        200: { description: "A new session", schema: SignedIn, example: SIGNED_IN, headers: SETS_COOKIE },
      },
      errors: { 401: ["WRONG_CREDENTIALS"] },
      async handle({ caller, req, body, present }) {
        const { token, user, headers } = await signIn.logIn(caller, req, body);
        return { status: 200, body: { token, user: present.profile(user) }, headers };
      },
    }),

    endpoint({
      name: "logOut",
      method: "POST",
      path: "/auth/logout",
      summary: "Log out; the token stops working everywhere at once",
      tag: "Accounts",
      auth: "required",
      limit: "write",
      replies: { 204: { description: "The session has ended", headers: SETS_COOKIE } },
      async handle({ caller, session }) {
        await call(caller, "users.logout", { sessionId: session.sessionId });
        return { status: 204, headers: { "Set-Cookie": clearedCookies(publicUrl) } };
      },
    }),

    endpoint({
      name: "endAllSessions",
      method: "POST",
      path: "/auth/logout-all",
      summary: "End every session of the caller, including this one",
      tag: "Accounts",
      auth: "required",
      limit: "write",
      replies: { 204: { description: "All sessions have ended", headers: SETS_COOKIE } },
      async handle({ caller, session }) {
        await call(caller, "users.logoutAll", { userId: session.userId });
        return { status: 204, headers: { "Set-Cookie": clearedCookies(publicUrl) } };
      },
    }),

    endpoint({
      name: "getSession",
      method: "GET",
      path: "/auth/session",
      summary: "The caller's profile, or null",
      description: "Null without a session, so that a web page can find out whether its reader is logged in.",
      tag: "Accounts",
      auth: "optional",
      limit: "read",
      replies: {
        200: {
          description: "The caller, or null",
          schema: z.object({ user: User.nullable() }),
          example: { user: OWN_PROFILE },
        },
      },
      async handle({ caller, session, present }) {
        const user = session && (await call(caller, "users.view", { id: session.userId, viewerId: session.userId }));
        return { status: 200, body: { user: user && present.profile(user) } };
      },
    }),

    endpoint({
      name: "listSessions",
      method: "GET",
      path: "/sessions",
      summary: "The caller's sessions",
      tag: "Accounts",
      auth: "required",
      limit: "read",
      replies: {
        200: {
          description: "All active sessions",
          schema: z.object({ sessions: z.array(SessionInfo) }),
          example: { sessions: [SESSION] },
        },
      },
      async handle({ caller, session }) {
        const sessions = await call(caller, "users.sessions", session);
        return { status: 200, body: { sessions: sessions.map((one) => ({ ...one, ...browserName(one.userAgent) })) } };
      },
    }),

    endpoint({
      name: "endSession",
      method: "DELETE",
      path: "/sessions/:id",
      summary: "End one session of the caller",
      tag: "Accounts",
      auth: "required",
      limit: "write",
      params: z.object({ id: nameIn(SessionInfo.shape.id, "the id of the session", DEVICE) }),
      replies: { 204: { description: "The session has ended" } },
      errors: { 404: ["NOT_FOUND"] },
      async handle({ caller, session, params }) {
        await call(caller, "users.endSession", { userId: session.userId, id: params.id });
        return { status: 204 };
      },
    }),

    endpoint({
      name: "changePassword",
      method: "POST",
      path: "/user/password",
      summary: "Change the password and end the caller's other sessions",
      tag: "Accounts",
      auth: "required",
      // Limit guesses, so that someone at an unlocked screen can't brute-force the password.
      limit: "password",
      body: z
        .strictObject({ current: atMost(1000), password: Password })
        .meta({ examples: [{ current: PASSWORD, password: "an even longer sentence" }] }),
      replies: { 204: { description: "The new password is valid from now on" } },
      errors: { 403: ["WRONG_CREDENTIALS"] },
      async handle({ caller, session, body }) {
        await signIn.changePassword(caller, session, body);
        return { status: 204 };
      },
    }),
  ];
}
