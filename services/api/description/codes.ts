import type { ProblemCode } from "../../../lib/problem-codes.ts";

/** What a code means, and what a client should do about it. */
interface Explained {
  meaning: string;
  remedy: string;
}

const REPAIR = "Repair the client: the same request would fail again.";
const WAIT = "Wait for the seconds in `Retry-After`, then try again.";
const LATER = "Try again after a moment. Creating a tweet with a key is safe to repeat.";

/** All codes, for people who write clients. */
export const CODES: Readonly<Record<ProblemCode, Explained>> = {
  BAD_REQUEST: { meaning: "The request is malformed.", remedy: REPAIR },
  BODY_ABORTED: { meaning: "The body ended too early.", remedy: "Send the request again." },
  MALFORMED_JSON: { meaning: "The body is no JSON object in UTF-8.", remedy: REPAIR },
  MALFORMED_MULTIPART: { meaning: "The form has no boundary.", remedy: REPAIR },
  MALFORMED_REQUEST: { meaning: "The bytes are no HTTP, too many, or too slow.", remedy: REPAIR },
  UNABLE_DECODE_PARAM: { meaning: "A percent-encoding in the path is broken.", remedy: REPAIR },
  UNKNOWN_FIELD: { meaning: "The body has fields that the server does not know. `errors` names them.", remedy: REPAIR },
  UNAUTHORIZED: {
    meaning: "The token is missing, invalid or expired.",
    remedy: "Log in, then send the request again.",
  },
  WRONG_CREDENTIALS: { meaning: "The username or the password is wrong.", remedy: "Ask the person again." },
  FORBIDDEN: { meaning: "This belongs to somebody else.", remedy: "Don't try again." },
  FOREIGN_ORIGIN: {
    meaning: "A request with a cookie comes from another site's page.",
    remedy: "Send the token in the header `Authorization` instead.",
  },
  NOT_FOUND: { meaning: "This does not exist, or no longer.", remedy: "Remove it from the screen." },
  METHOD_NOT_ALLOWED: { meaning: "The address has no such method. `Allow` lists those it has.", remedy: REPAIR },
  REQUEST_TIMEOUT: { meaning: "The body arrived too slowly.", remedy: "Send the request again." },
  CONFLICT: { meaning: "The thing is in use, and can't be changed now.", remedy: "Read it again before you decide." },
  JOINED_TWICE: { meaning: "The connection has joined already.", remedy: REPAIR },
  SECOND_UPGRADE: { meaning: "The connection has a websocket already.", remedy: REPAIR },
  KEY_CONTENT: {
    meaning: "A tweet with this key and other content exists already.",
    remedy: "Take a new key for a new tweet.",
  },
  KEY_DELETED: { meaning: "The tweet with this key was deleted.", remedy: "Take a new key for a new tweet." },
  KEY_TAKEN: { meaning: "Another author's tweet has this key.", remedy: "Take another key, such as a random one." },
  USERNAME_TAKEN: { meaning: "Somebody has this username.", remedy: "Ask the person for another one." },
  QUOTA_EXCEEDED: {
    meaning: "The user's pictures and videos would take more storage than a user has.",
    remedy: "Delete tweets with large ones first.",
  },
  TOO_LARGE: { meaning: "The body or the file is too large.", remedy: "Make it smaller: `detail` names the limit." },
  UNSUPPORTED_ENCODING: { meaning: "The body is compressed.", remedy: REPAIR },
  UNSUPPORTED_MEDIA: {
    meaning: "The file is no picture and no video of a type that is accepted.",
    remedy: "Convert the file.",
  },
  UNSUPPORTED_MEDIA_TYPE: { meaning: "The body has the wrong `Content-Type`.", remedy: REPAIR },
  RANGE_NOT_SATISFIABLE: {
    meaning: "The requested range is outside of the file.",
    remedy: "Ask for a range within the size in `Content-Range`.",
  },
  EXPECTATION_FAILED: { meaning: "The server can't meet the `Expect` of the request.", remedy: REPAIR },
  TOO_MANY_WATCHED: {
    meaning: "The connection watches as many profiles as it may.",
    remedy: "Send `unwatch` for another one first.",
  },
  VALIDATION_ERROR: {
    meaning: "A value is not acceptable.",
    remedy: "Show the messages in `errors` beside the fields they name.",
  },
  RATE_LIMITED: { meaning: "Too many requests in a time.", remedy: WAIT },
  TOO_MANY_AT_ONCE: { meaning: "Too many requests at the same time.", remedy: "Wait for some to finish." },
  TOO_MANY_CONNECTIONS: { meaning: "Too many live connections at the same time.", remedy: "Close some first." },
  TOO_MANY_POLLS: { meaning: "The connection has a poll already.", remedy: REPAIR },
  TOO_MANY_REQUESTS: {
    meaning: "Too many requests of a live connection wait for their turn.",
    remedy: "Wait for acknowledgements before you send more.",
  },
  UNREAD_POLL: { meaning: "The answer to the last poll was not read.", remedy: "Read it, or connect again." },
  INTERNAL: { meaning: "Something went wrong in the server.", remedy: "Report it with the `X-Request-ID`." },
  NOT_IMPLEMENTED: { meaning: "The server does not support this.", remedy: "Don't try again." },
  OVERLOADED: { meaning: "The server has too much to do.", remedy: WAIT },
  UNAVAILABLE: { meaning: "A part of the server is down.", remedy: LATER },
  NODE_BUSY: { meaning: "Too many clients connect to this node at once.", remedy: WAIT },
  NODE_FULL: { meaning: "This node has as many live connections as it can hold.", remedy: WAIT },
  SHUTTING_DOWN: { meaning: "This node is shutting down.", remedy: "Connect again: another node may answer." },
};
