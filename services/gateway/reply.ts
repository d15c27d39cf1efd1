/**
 * The answer to an HTTP request. Text, bytes and streams are sent as they are, anything else as JSON; a stream's headers
 * tell its length.
 */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}
