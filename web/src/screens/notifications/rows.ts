import type { Notification, UserRef } from "../../api/shapes.ts";

/** Notifications of one group, which share a row. */
export interface Row {
  /** The group. */
  readonly key: string;
  readonly kind: Notification["kind"];
  /** Newest first, at least one. */
  readonly items: readonly [Notification, ...Notification[]];
  /** The people behind them, each once, the latest first. */
  readonly actors: readonly [UserRef, ...UserRef[]];
  /** Whether one of them is unread. */
  readonly unread: boolean;
}

/** Folds notifications into rows, which stand where their newest notification stands. @param items newest first */
export function foldRows(items: readonly Notification[]): Row[] {
  const groups = new Map<string, [Notification, ...Notification[]]>();
  for (const item of items) {
    const group = groups.get(item.group);
    if (group) group.push(item);
    else groups.set(item.group, [item]);
  }
  return [...groups].map(([key, group]) => {
    const actors = new Map<string, UserRef>();
    for (const { actor } of group) if (!actors.has(actor.id)) actors.set(actor.id, actor);
    return {
      key,
      kind: group[0].kind,
      items: group,
      actors: [...actors.values()] as [UserRef, ...UserRef[]],
      unread: group.some(({ read }) => !read),
    };
  });
}
