import { z } from "zod";
import { call } from "../../../contract/call.ts";
import { atMost } from "../../../contract/shapes.ts";
import { endpoint } from "../endpoint.ts";

/** As browsers make it. */
const SUBSCRIPTION = {
  endpoint: "https://push.example.com/send/fT3-dUzq1xA",
  expirationTime: null,
  keys: {
    p256dh: "BOHVsfl9bw-z8r9npRvnXJJcSBejzlal85V2fu385pixaMQ0CNfvUweM2kg22mSjA7WSYcA0vf5QO2ze2Ptw72o",
    auth: "Gnmk1g3mcY6OWzJuM4rlMw",
  },
};

/** Web Push: the server's key, and the subscriptions of the caller's browsers. */
export function pushEndpoints() {
  return [
    endpoint({
      name: "getPushKey",
      method: "GET",
      path: "/push/key",
      summary: "The VAPID key for subscriptions, base64url",
      tag: "Notifications",
      auth: "none",
      limit: "read",
      replies: {
        200: {
          description: "The applicationServerKey",
          schema: z.object({ publicKey: z.string() }),
          example: { publicKey: SUBSCRIPTION.keys.p256dh },
        },
      },
      async handle({ caller }) {
        return { status: 200, body: await call(caller, "notifier.pushKey", {}) };
      },
    }),

    endpoint({
      name: "subscribeToPush",
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
      body: z
        .strictObject({
          endpoint: z
            .string()
            .max(2048, "must be at most 2048 characters")
            .regex(/^https?:\/\//, "must begin with https://")
            .meta({ description: "the https address of a push service", format: "uri" }),
          expirationTime: z.number().nullish(),
          keys: z.strictObject({
            p256dh: z.string().regex(/^[A-Za-z0-9_+/-]{87}={0,2}$/, "must be an uncompressed P-256 point in base64url"),
            auth: z.string().regex(/^[A-Za-z0-9_+/-]{22}={0,2}$/, "must be 16 bytes in base64url"),
          }),
        })
        .meta({ examples: [SUBSCRIPTION] }),
      replies: {
        201: {
          description: "The browser is subscribed",
          schema: z.object({ endpoint: z.string() }),
          example: { endpoint: SUBSCRIPTION.endpoint },
        },
      },
      async handle({ caller, session, body }) {
        const target = { endpoint: body.endpoint, ...body.keys };
        await call(caller, "notifier.subscribe", { session, target });
        return { status: 201, body: { endpoint: body.endpoint } };
      },
    }),

    endpoint({
      name: "unsubscribeFromPush",
      method: "DELETE",
      path: "/push/subscription",
      summary: "Stop push messages to this browser",
      tag: "Notifications",
      auth: "required",
      limit: "write",
      body: z.strictObject({ endpoint: atMost(10_000) }).meta({ examples: [{ endpoint: SUBSCRIPTION.endpoint }] }),
      replies: { 204: { description: "The browser is not subscribed, whether or not it was before" } },
      async handle({ caller, session, body }) {
        await call(caller, "notifier.unsubscribe", { userId: session.userId, endpoint: body.endpoint });
        return { status: 204 };
      },
    }),
  ];
}
