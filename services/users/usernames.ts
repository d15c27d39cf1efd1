/** Names that could be mistaken for a part of the site or for its operators. */
const RESERVED = new Set(
  `about abuse account admin administrator api assets auth docs embed explore feed feeds health help home index info
  login logout mail me media moderator mod notification notifications null oembed openapi password postmaster privacy
  push root search security settings signin signout signup socket starling static status support sw system terms tweet
  tweets undefined user users webmaster www`.split(/\s+/),
);

/** The form in which names are compared: they are unique ignoring case. */
export function usernameKey(username: string): string {
  return username.toLowerCase();
}

export function isReserved(username: string): boolean {
  return RESERVED.has(usernameKey(username));
}
