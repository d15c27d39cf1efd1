/**
 * The answer to an HTTP request. Text, {@link Json}, bytes and streams are sent unchanged, any other body as JSON. A reply
 * with a stream must give its own Content-Length.
 */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}
