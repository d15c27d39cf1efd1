/** The shapes of the public contract: the server's own, as types alone. */
export type {
  Location,
  Media,
  Notification,
  NotificationPage,
  People,
  Problem,
  ProfilePage,
  SessionInfo,
  SignedIn,
  Tweet,
  TweetInput,
  TweetPage,
  User,
  UserPage,
  UserRef,
} from "../../../contract/shapes.ts";
