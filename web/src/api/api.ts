import { request } from "./request.ts";
import type {
  Notification,
  NotificationPage,
  People,
  SessionInfo,
  SignedIn,
  Tweet,
  TweetInput,
  TweetPage,
  User,
  UserPage,
} from "./shapes.ts";

const user = (username: string) => `/user/${encodeURIComponent(username)}`;

/** All requests of the client. Each throws what {@link request} throws. */
export const api = {
  signup: (username: string, password: string, displayName?: string) =>
    request<SignedIn>("POST", "/auth/signup", { username, password, ...(displayName ? { displayName } : {}) }),
  login: (username: string, password: string) => request<SignedIn>("POST", "/auth/login", { username, password }),
  logout: () => request<void>("POST", "/auth/logout"),
  logoutAll: () => request<void>("POST", "/auth/logout-all"),
  /** The logged-in user. Without a session the answer is null instead of an error. */
  session: () => request<{ user: User | null }>("GET", "/auth/session"),
  sessions: () => request<{ sessions: SessionInfo[] }>("GET", "/sessions"),
  endSession: (id: string) => request<void>("DELETE", `/sessions/${encodeURIComponent(id)}`),
  changePassword: (current: string, password: string) => request<void>("POST", "/user/password", { current, password }),

  tweets: (path: string) => request<TweetPage & { user?: User }>("GET", path),
  tweet: (id: string) => request<Tweet>("GET", `/tweet/${encodeURIComponent(id)}`),
  postTweet: (key: string, input: TweetInput) => request<Tweet>("POST", `/tweet/${encodeURIComponent(key)}`, input),
  deleteTweet: (id: string) => request<void>("DELETE", `/tweet/${encodeURIComponent(id)}`),

  updateProfile: (changes: { displayName?: string; bio?: string; avatar?: string | null }) =>
    request<User>("PATCH", "/user", changes),
  follow: (username: string, notify?: boolean) =>
    request<User>("PUT", `${user(username)}/follow`, notify === undefined ? {} : { notify }),
  unfollow: (username: string) => request<User>("DELETE", `${user(username)}/follow`),
  /** Users whose names match, best first; without a name, users that the reader may want to follow. */
  people: (name?: string) =>
    request<People>("GET", name === undefined ? "/users" : `/users?q=${encodeURIComponent(name)}`),
  users: (path: string) => request<UserPage>("GET", path),

  notifications: (path = "/notifications") => request<NotificationPage>("GET", path),
  readNotifications: (upTo: Notification["id"]) => request<void>("POST", "/notifications/read", { upTo }),

  pushKey: () => request<{ publicKey: string }>("GET", "/push/key"),
  pushSubscribe: (subscription: PushSubscriptionJSON) => request<void>("POST", "/push/subscription", subscription),
  pushUnsubscribe: (endpoint: string) => request<void>("DELETE", "/push/subscription", { endpoint }),

  describeMedia: (id: string, alt: string) => request<void>("PATCH", `/media/${encodeURIComponent(id)}`, { alt }),
};
