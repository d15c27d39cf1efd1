import { expect, it } from "@jest/globals";
import { loadConfig } from "../../config/config.ts";
import type { Node } from "../../seams/node.ts";
import { allEndpoints } from "../../services/api/endpoints/index.ts";
import { GUESS_LIMITS, LIMITS } from "../../services/gateway/limits.ts";

/** All that the table of endpoints reads before the first request. */
const NODE = { config: loadConfig({}) } as unknown as Node;

it("each limit counts one kind of thing: users, or the addresses of requests without a user", () => {
  const kinds = new Map<string, Set<string>>();
  for (const { limit, auth } of allEndpoints(NODE)) {
    kinds.set(limit, (kinds.get(limit) ?? new Set()).add(auth));
  }
  // Requests for everybody are counted by user or by address. An address has dots or colons, and an id has neither.
  for (const shared of ["read", "media", "none"]) kinds.delete(shared);
  expect(Object.fromEntries([...kinds].map(([limit, auths]) => [limit, [...auths]]))).toEqual({
    signup: ["none"],
    login: ["none"],
    password: ["required"],
    write: ["required"],
    tweet: ["required"],
    upload: ["required"],
  });
});

it("limits by the name that was typed at login are no endpoint's", () => {
  const names = [...Object.values(LIMITS), ...Object.values(GUESS_LIMITS)].map(({ name }) => name as string);
  expect(new Set(names).size).toBe(names.length);
  const used = new Set<string>(allEndpoints(NODE).map(({ limit }) => limit));
  expect(Object.keys(GUESS_LIMITS).filter((name) => used.has(name))).toEqual([]);
  // Every limit is used: by the endpoints that name it, or by the doors that are none.
  expect(Object.keys(LIMITS).filter((name) => !used.has(name))).toEqual(["handshake", "poll", "page"]);
  expect(Object.entries(LIMITS).filter(([key, { name }]) => key !== name)).toEqual([]);
});
