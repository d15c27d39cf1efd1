import type { UserRef } from "../../api/shapes.ts";
import type { Row } from "./rows.ts";

/** What a row tells, as one sentence: "Ada, Ben and 3 others tweeted". */
export function Sentence({ row }: { row: Row }) {
  const { actors, items } = row;
  const [first, second] = actors;
  const others = actors.length - 2;
  const a = <Name user={first} />;
  const b = second && <Name user={second} />;
  switch (row.kind) {
    case "mention":
      return <>{a} mentioned you</>;
    case "tweet":
      if (!b && items.length === 1) return <>{a} tweeted</>;
      if (!b)
        return (
          <>
            {a} tweeted {items.length} times
          </>
        );
      if (others === 0)
        return (
          <>
            {a} and {b} tweeted
          </>
        );
      if (others === 1)
        return (
          <>
            {a}, {b} and 1 other tweeted
          </>
        );
      return (
        <>
          {a}, {b} and {others} others tweeted
        </>
      );
    case "follow":
      if (!b) return <>{a} follows you</>;
      if (others === 0)
        return (
          <>
            {a} and {b} follow you
          </>
        );
      if (others === 1)
        return (
          <>
            {a}, {b} and 1 other follow you
          </>
        );
      return (
        <>
          {a}, {b} and {others} others follow you
        </>
      );
  }
}

function Name({ user }: { user: UserRef }) {
  return <bdi class="author-name">{user.displayName}</bdi>;
}
