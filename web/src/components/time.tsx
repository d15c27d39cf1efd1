import { now } from "../store/now.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const short = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const withYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const month = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "always" });

/** A relative time in as few characters as possible, for example `3m`. */
function brief(at: number, today: number): string {
  const past = today - at;
  if (past < MINUTE_MS) return "now";
  if (past < HOUR_MS) return `${Math.floor(past / MINUTE_MS)}m`;
  if (past < DAY_MS) return `${Math.floor(past / HOUR_MS)}h`;
  return new Date(at).getFullYear() === new Date(today).getFullYear() ? short.format(at) : withYear.format(at);
}

/** The same in words, for screen readers, which would read `3m` letter by letter. */
function spoken(at: number, today: number): string {
  const past = today - at;
  if (past < MINUTE_MS) return "just now";
  if (past < HOUR_MS) return ago.format(-Math.floor(past / MINUTE_MS), "minute");
  if (past < DAY_MS) return ago.format(-Math.floor(past / HOUR_MS), "hour");
  return withYear.format(at);
}

/** A time relative to now, kept up to date. */
export function TimeAgo({ at }: { at: string }) {
  const today = now.value;
  const time = Date.parse(at);
  return (
    <time dateTime={at} title={full.format(time)}>
      <span aria-hidden="true">{brief(time, today)}</span>
      <span class="unseen">{spoken(time, today)}</span>
    </time>
  );
}

/** A full date and time. */
export function FullTime({ at }: { at: string }) {
  return <time dateTime={at}>{full.format(Date.parse(at))}</time>;
}

export function Month({ at }: { at: string }) {
  return <time dateTime={at}>{month.format(Date.parse(at))}</time>;
}
