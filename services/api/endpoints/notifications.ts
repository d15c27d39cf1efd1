import { z } from "zod";
import { normalizeId } from "../../../lib/snowflake.ts";
import { call } from "../../../contract/call.ts";
import { NotificationPage } from "../../../contract/shapes.ts";
import { taggedJson } from "../../gateway/json.ts";
import { nextPage } from "../../gateway/present.ts";
import { endpoint, ID_PATTERN, PageQuery, UNCHANGED } from "../endpoint.ts";

/** The caller's notifications. */
export function notificationEndpoints() {
  return [
    endpoint({
      method: "GET",
      path: "/notifications",
      summary: "The caller's notifications",
      tag: "Notifications",
      auth: "required",
      limit: "read",
      query: PageQuery,
      replies: {
        200: {
          description: "Newest first; `unread` counts up to 100",
          schema: NotificationPage,
          headers: { ETag: "EntityTag" },
        },
        304: UNCHANGED,
      },
      screen: true,
      async handle({ caller, session, query, present }) {
        const { page, unread } = await call(caller, "notifier.list", { userId: session.userId, ...query });
        const notifications = page.items.map(present.notification);
        const next = nextPage("/notifications", query, page.next);
        return { status: 200, body: taggedJson({ notifications, unread, next }) };
      },
    }),

    endpoint({
      method: "POST",
      path: "/notifications/read",
      summary: "Mark everything up to a notification as read",
      tag: "Notifications",
      auth: "required",
      limit: "write",
      body: z.strictObject({
        upTo: z
          .string()
          .refine((text) => normalizeId(text) !== null, "must be the id of a notification")
          .meta({ pattern: ID_PATTERN }),
      }),
      replies: { 204: { description: "The notifications are read" } },
      async handle({ caller, session, body }) {
        const upTo = normalizeId(body.upTo)!;
        await call(caller, "notifier.read", { userId: session.userId, upTo });
        return { status: 204 };
      },
    }),
  ];
}
