import { z } from "zod";
import { normalizeId } from "../../../lib/snowflake.ts";
import { call } from "../../../contract/call.ts";
import { ID_PATTERN, NotificationPage } from "../../../contract/shapes.ts";
import { taggedJson } from "../../gateway/json.ts";
import { nextPage } from "../../gateway/present.ts";
import { FOLLOW_NOTICE, NOTIFICATION_ID } from "../description/examples.ts";
import { endpoint, PageQuery, UNCHANGED } from "../endpoint.ts";

/** The caller's notifications. */
export function notificationEndpoints() {
  return [
    endpoint({
      name: "listNotifications",
      method: "GET",
      path: "/notifications",
      summary: "The caller's notifications",
      tag: "Notifications",
      auth: "required",
      limit: "read",
      description:
        "Unread notifications are counted whatever the page. Screens show the notifications of one `group` as one row.",
      query: PageQuery.extend({
        kind: z.enum(["mention"]).optional().meta({ description: "`mention`: mentions alone; by default all kinds" }),
      }),
      replies: {
        200: {
          description: "Newest first; `unread` counts up to 100",
          schema: NotificationPage,
          example: { notifications: [FOLLOW_NOTICE], unread: 1, unreadGroups: [FOLLOW_NOTICE.group], next: null },
          headers: { ETag: "EntityTag" },
        },
        304: UNCHANGED,
      },
      screen: true,
      async handle({ caller, session, query, present }) {
        const { page, ...unread } = await call(caller, "notifier.list", { userId: session.userId, ...query });
        const notifications = page.items.map(present.notification);
        const next = nextPage("/notifications", query, page.next);
        const withKind = next && query.kind ? `${next}&kind=${query.kind}` : next;
        return { status: 200, body: taggedJson({ notifications, ...unread, next: withKind }) };
      },
    }),

    endpoint({
      name: "markNotificationsRead",
      method: "POST",
      path: "/notifications/read",
      summary: "Mark everything up to a notification as read",
      tag: "Notifications",
      auth: "required",
      limit: "write",
      body: z
        .strictObject({
          upTo: z
            .string()
            .refine((text) => normalizeId(text) !== null, "must be the id of a notification")
            .meta({ pattern: ID_PATTERN, description: "the id of the newest notification that was read" }),
        })
        .meta({ examples: [{ upTo: NOTIFICATION_ID }] }),
      replies: { 204: { description: "The notifications are read" } },
      async handle({ caller, session, body }) {
        const upTo = normalizeId(body.upTo)!;
        await call(caller, "notifier.read", { userId: session.userId, upTo });
        return { status: 204 };
      },
    }),
  ];
}
