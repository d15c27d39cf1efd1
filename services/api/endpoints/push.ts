import { z } from "zod";
import { call } from "../../../contract/call.ts";
import { endpoint } from "../endpoint.ts";

/** Longer than any endpoint or key; what is wrong with them is told by the notifier, by its own limits. */
const text = z.string().max(10_000);

/** Web Push: the server's key, and the caller's browsers that want to be told. */
export function pushEndpoints() {
  return [
    endpoint({
      method: "GET",
      path: "/push/key",
      summary: "The key to subscribe with: VAPID, base64url",
      tag: "Notifications",
      auth: "none",
      limit: "read",
      replies: { 200: { description: "The applicationServerKey", schema: z.object({ publicKey: z.string() }) } },
      async handle({ caller }) {
        return { status: 200, body: await call(caller, "notifier.pushKey", {}) };
      },
    }),

    endpoint({
      method: "POST",
      path: "/push/subscription",
      summary: "Tell this browser while the caller is away",
      description:
        "Takes a browser's PushSubscription as JSON. The subscription ends with the session. A user has ten at the most, " +
        "the oldest goes; a browser that subscribes for another user is that user's from then on.",
      tag: "Notifications",
      auth: "required",
      limit: "write",
      body: z.strictObject({
        endpoint: text.describe("https, at the address of a push service"),
        expirationTime: z.number().nullish(),
        keys: z.strictObject({
          p256dh: text.describe("an uncompressed P-256 point, base64url"),
          auth: text.describe("16 bytes, base64url"),
        }),
      }),
      replies: { 201: { description: "It will be told", schema: z.object({ endpoint: z.string() }) } },
      async handle({ caller, session, body }) {
        const target = { endpoint: body.endpoint, ...body.keys };
        await call(caller, "notifier.subscribe", { session, target });
        return { status: 201, body: { endpoint: body.endpoint } };
      },
    }),

    endpoint({
      method: "DELETE",
      path: "/push/subscription",
      summary: "Tell this browser no longer",
      tag: "Notifications",
      auth: "required",
      limit: "write",
      body: z.strictObject({ endpoint: text }),
      replies: { 204: { description: "It is not told, whether it was or not" } },
      async handle({ caller, session, body }) {
        await call(caller, "notifier.unsubscribe", { userId: session.userId, endpoint: body.endpoint });
        return { status: 204 };
      },
    }),
  ];
}
