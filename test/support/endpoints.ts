import { expect } from "@jest/globals";
import type { Person } from "./cast.ts";
import { createApi } from "./client.ts";
import { publicPushKeys } from "./push-crypto.ts";
import { ALT, type Victim } from "./victim.ts";

/** An endpoint of the API's own description. */
export interface Door {
  /** For example `DELETE /tweet/:id`. */
  readonly name: string;
  readonly method: string;
  /** With parameters as `:id`. */
  readonly path: string;
  /** Whether it may change something. */
  readonly changes: boolean;
  readonly auth: "none" | "optional" | "required";
}

interface Operation {
  security: object[];
}

/** Every endpoint that the running system describes. Tables of tests are compared with it, so that none is left out. */
export async function endpointsOf(url: string): Promise<Door[]> {
  const { body } = await createApi(url).get<{ paths: Record<string, Record<string, Operation>> }>("/openapi.json");
  const doors = Object.entries(body.paths).flatMap(([template, operations]) =>
    Object.entries(operations).map(([verb, { security }]): Door => {
      const [method, path] = [verb.toUpperCase(), template.replace(/\{(\w+)\}/g, ":$1")];
      const isOptional = security.some((one) => Object.keys(one).length === 0);
      const auth = security.length === 0 ? "none" : isOptional ? "optional" : "required";
      return { name: `${method} ${path}`, method, path, changes: method !== "GET", auth };
    }),
  );
  expect(doors.length).toBeGreaterThan(25);
  return doors;
}

/** A request to an endpoint. */
export interface Request {
  readonly path: string;
  readonly json?: Record<string, unknown>;
}

/**
 * A valid request to each endpoint that takes JSON and may change something, for the victim itself. In this order, all of
 * them succeed.
 */
export function requestsOf({
  who,
  friend,
  tweet,
  draft,
  notification,
  sessionId,
  endpoint,
}: Victim): Record<string, Request> {
  const metadata = { client: "a client", lang: "en" };
  const full = { text: "Hello", location: { lat: 1, lon: 2, name: "A place" }, metadata };
  return {
    "PATCH /media/:id": { path: `/media/${draft.id}`, json: { alt: ALT } },
    "POST /tweet": { path: "/tweet", json: full },
    "POST /tweet/:id": { path: "/tweet/another-key", json: { ...full, media: [draft.id] } },
    "DELETE /tweet/:id": { path: `/tweet/${tweet.id}` },
    "PATCH /user": { path: "/user", json: { displayName: "Another name", bio: "Another bio", avatar: null } },
    "PUT /user/:username/follow": { path: `/user/${friend.username}/follow`, json: { notify: false } },
    "DELETE /user/:username/follow": { path: `/user/${friend.username}/follow` },
    "POST /notifications/read": { path: "/notifications/read", json: { upTo: notification.id } },
    "POST /push/subscription": {
      path: "/push/subscription",
      json: { endpoint: "https://push.example.com/another", expirationTime: null, keys: publicPushKeys() },
    },
    "DELETE /push/subscription": { path: "/push/subscription", json: { endpoint } },
    "DELETE /sessions/:id": { path: `/sessions/${sessionId}` },
    "POST /user/password": {
      path: "/user/password",
      json: { current: "correct horse battery", password: "another horse battery" },
    },
    "POST /auth/signup": {
      path: "/auth/signup",
      json: { username: `${who.username.slice(0, 8)}2`, password: "yet another battery", displayName: "Two" },
    },
    "POST /auth/login": { path: "/auth/login", json: { username: who.username, password: "another horse battery" } },
    "POST /auth/logout": { path: "/auth/logout" },
    "POST /auth/logout-all": { path: "/auth/logout-all" },
  };
}

/** Sends a request as a person does. */
export function sendAs({ api }: Pick<Person, "api">, method: string, { path, json }: Request) {
  return api.send<Record<string, unknown>>(method, path, json === undefined ? {} : { json });
}
