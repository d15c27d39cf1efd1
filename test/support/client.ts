/** A complete reply. `body` is the parsed JSON; undefined when the reply is not JSON. */
export interface Reply<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: T;
}

interface RequestOptions {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent unchanged, instead of `json`. */
  raw?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
}

/** A small client for the HTTP API, which returns every status instead of throwing. */
export interface Api {
  readonly url: string;
  send<T>(method: string, path: string, options?: RequestOptions): Promise<Reply<T>>;
  get<T>(path: string, headers?: Record<string, string>): Promise<Reply<T>>;
  post<T>(path: string, json?: unknown): Promise<Reply<T>>;
  put<T>(path: string, json?: unknown): Promise<Reply<T>>;
  patch<T>(path: string, json?: unknown): Promise<Reply<T>>;
  delete<T>(path: string, json?: unknown): Promise<Reply<T>>;
}

/** @returns a client of the system at `url`, which sends `token`, if given, as a bearer token */
export function createApi(url: string, token?: string): Api {
  async function send<T>(method: string, path: string, options: RequestOptions = {}): Promise<Reply<T>> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
    if (options.json !== undefined) headers["content-type"] = "application/json";
    const body = options.raw ?? (options.json === undefined ? null : JSON.stringify(options.json));
    const response = await fetch(url + path, {
      method,
      headers: { ...headers, ...options.headers },
      body,
      redirect: "manual",
    });
    const text = await response.text();
    const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "") && text !== "";
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (isJson ? JSON.parse(text) : undefined) as T,
    };
  }
  const withBody =
    (method: string) =>
    <T>(path: string, json?: unknown) =>
      send<T>(method, path, json === undefined ? {} : { json });
  return {
    url,
    send,
    get: (path, headers = {}) => send("GET", path, { headers }),
    post: withBody("POST"),
    put: withBody("PUT"),
    patch: withBody("PATCH"),
    delete: withBody("DELETE"),
  };
}
