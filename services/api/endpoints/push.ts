import { z } from "zod";
import { call } from "../../../contract/call.ts";
import { atMost } from "../../../contract/shapes.ts";
import { endpoint } from "../endpoint.ts";

/** Longer than any endpoint or key. The notifier checks both against its own, tighter limits. */
const text = atMost(10_000);

/** Web Push: the server's key, and the subscriptions of the caller's browsers. */
export function pushEndpoints() {
  return [
    endpoint({
      method: "GET",
      path: "/push/key",
      summary: "The VAPID key for subscriptions, base64url",
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
      summary: "Send push messages to this browser while the caller is away",
      description:
        "Takes a browser's PushSubscription as JSON. The subscription ends with the session. A user has at most ten " +
        "subscriptions: a further one replaces the oldest. If a browser subscribes for another user, its " +
        "subscription moves to that user.",
      tag: "Notifications",
      auth: "required",
      limit: "write",
      body: z.strictObject({
        endpoint: text.describe("the https address of a push service"),
        expirationTime: z.number().nullish(),
        keys: z.strictObject({
          p256dh: text.describe("an uncompressed P-256 point, base64url"),
          auth: text.describe("16 bytes, base64url"),
        }),
      }),
      replies: { 201: { description: "The browser is subscribed", schema: z.object({ endpoint: z.string() }) } },
      async handle({ caller, session, body }) {
        const target = { endpoint: body.endpoint, ...body.keys };
        await call(caller, "notifier.subscribe", { session, target });
        return { status: 201, body: { endpoint: body.endpoint } };
      },
    }),

    endpoint({
      method: "DELETE",
      path: "/push/subscription",
      summary: "Stop push messages to this browser",
      tag: "Notifications",
      auth: "required",
      limit: "write",
      body: z.strictObject({ endpoint: text }),
      replies: { 204: { description: "The browser is not subscribed, whether or not it was before" } },
      async handle({ caller, session, body }) {
        await call(caller, "notifier.unsubscribe", { userId: session.userId, endpoint: body.endpoint });
        return { status: 204 };
      },
    }),
  ];
}
