import { now } from "../store/now.ts";
import { useSignal } from "../store/signal.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const withYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const month = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "always" });

/** How long ago, in as few signs as will do. */
function brief(at: number, today: number): string {
  const past = today - at;
  if (past < MINUTE) return "now";
  if (past < HOUR) return `${Math.floor(past / MINUTE)}m`;
  if (past < DAY) return `${Math.floor(past / HOUR)}h`;
  return new Date(at).getFullYear() === new Date(today).getFullYear() ? short.format(at) : withYear.format(at);
}

/** The same for a screen reader, which would spell "3m" out. */
function spoken(at: number, today: number): string {
  const past = today - at;
  if (past < MINUTE) return "just now";
  if (past < HOUR) return ago.format(-Math.floor(past / MINUTE), "minute");
  if (past < DAY) return ago.format(-Math.floor(past / HOUR), "hour");
  return withYear.format(at);
}

/** A moment, as time from now that keeps up. */
export function TimeAgo({ at }: { at: string }) {
  const today = useSignal(now);
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={full.format(time)}>
      <span aria-hidden="true">{brief(time, today)}</span>
      <span class="unseen">{spoken(time, today)}</span>
    </time>
  );
}

/** A moment in full. */
export function FullTime({ at }: { at: string }) {
  return <time dateTime={at}>{full.format(Date.parse(at))}</time>;
}

export function Month({ at }: { at: string }) {
  return <time dateTime={at}>{month.format(Date.parse(at))}</time>;
}
