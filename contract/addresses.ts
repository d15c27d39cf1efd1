/**
 * The public addresses of this site, all absolute. A service that puts an address into a message, such as the link that
 * a push opens, asks for the address here, because only the gateways know how the site's addresses are made.
 */
export interface Addresses {
  readonly origin: string;
  /** The page of a tweet. */
  tweet(id: string): string;
  /** The page of a user. */
  profile(username: string): string;
  /** The page of one's own notifications. */
  readonly notifications: string;
  /** The file of a picture or video. */
  media(id: string): string;
  /** The small preview of a picture or video. */
  preview(mediaId: string): string;
}
