/**
 * Every `code` that a problem can have, with the HTTP statuses it comes with. A new code needs a line here: the types of
 * the errors and the description of the API are made from this list.
 */
export const PROBLEM_CODES = {
  BAD_REQUEST: [400],
  BODY_ABORTED: [400],
  MALFORMED_JSON: [400],
  MALFORMED_MULTIPART: [400],
  /** The bytes are no HTTP, too many, or too slow. */
  MALFORMED_REQUEST: [400, 408, 431],
  /** From moleculer-web: a percent-encoding in the path is broken. */
  UNABLE_DECODE_PARAM: [400],
  UNKNOWN_FIELD: [400],
  UNAUTHORIZED: [401],
  WRONG_CREDENTIALS: [401, 403],
  FORBIDDEN: [403],
  FOREIGN_ORIGIN: [403],
  NOT_FOUND: [404],
  METHOD_NOT_ALLOWED: [405],
  /** A body arrives too slowly. */
  REQUEST_TIMEOUT: [408],
  CONFLICT: [409],
  /** The next two over socket.io alone. */
  JOINED_TWICE: [409],
  SECOND_UPGRADE: [409],
  KEY_CONTENT: [409],
  KEY_DELETED: [409],
  KEY_TAKEN: [409],
  USERNAME_TAKEN: [409],
  QUOTA_EXCEEDED: [413],
  TOO_LARGE: [413],
  UNSUPPORTED_ENCODING: [415],
  UNSUPPORTED_MEDIA: [415],
  UNSUPPORTED_MEDIA_TYPE: [415],
  RANGE_NOT_SATISFIABLE: [416],
  EXPECTATION_FAILED: [417],
  TOO_MANY_WATCHED: [422],
  VALIDATION_ERROR: [422],
  RATE_LIMITED: [429],
  /** Requests at once: of an address or a user (429), or of a connection (503). */
  TOO_MANY_AT_ONCE: [429, 503],
  TOO_MANY_CONNECTIONS: [429],
  /** The next three over socket.io alone. */
  TOO_MANY_POLLS: [429],
  TOO_MANY_REQUESTS: [429],
  UNREAD_POLL: [429],
  INTERNAL: [500],
  NOT_IMPLEMENTED: [501],
  OVERLOADED: [503],
  UNAVAILABLE: [503],
  /** The next three over socket.io alone: another node may take the connection. */
  NODE_BUSY: [503],
  NODE_FULL: [503],
  SHUTTING_DOWN: [503],
} as const satisfies Record<string, readonly number[]>;

export type ProblemCode = keyof typeof PROBLEM_CODES;

/** The codes by status, with which a request can be refused. */
export type Refusals = Partial<Record<number, readonly ProblemCode[]>>;
