/** The types of the public contract. Only types are imported, so no server code gets into the bundle. */
export type {
  Location,
  Media,
  Notification,
  NotificationPage,
  People,
  Problem,
  SessionInfo,
  SignedIn,
  Tweet,
  TweetInput,
  TweetPage,
  User,
  UserPage,
  UserRef,
} from "../../../contract/shapes.ts";
