/** The types of the public contract. Only types are imported, so no server code gets into the bundle. */
export type {
  Location,
  Media,
  Notification,
  NotificationPage,
  People,
  Person,
  Problem,
  SessionInfo,
  SignedIn,
  Tweet,
  TweetInput,
  TweetPage,
  User,
  UserPage,
  UserRef,
  Viewer,
} from "../../../contract/shapes.ts";
