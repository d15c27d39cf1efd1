const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const WORDS = new Intl.RelativeTimeFormat("en");

/**
 * The advice of a refusal that ends by itself.
 *
 * @param seconds until another try makes sense
 * @returns for example "Try again in 14 minutes.": rounded up, so that a try is not too early
 */
export function tryAgainIn(seconds: number): string {
  const wait = Math.max(1, Math.ceil(seconds));
  if (wait < MINUTE_SECONDS) return `Try again ${WORDS.format(wait, "second")}.`;
  if (wait < 2 * HOUR_SECONDS) return `Try again ${WORDS.format(Math.ceil(wait / MINUTE_SECONDS), "minute")}.`;
  return `Try again ${WORDS.format(Math.ceil(wait / HOUR_SECONDS), "hour")}.`;
}
