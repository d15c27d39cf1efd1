/** Where an S3-compatible store is, and which part of it is ours. */
export interface S3Place {
  bucket: string;
  /** In front of every key; empty, or ends with a slash. */
  prefix: string;
  /** Of a store that is not AWS; such stores take the bucket in the path. */
  endpoint: string | undefined;
  region: string;
}

/**
 * Reads `s3://BUCKET/PREFIX?region=…&endpoint=https://…`. The keys come from the environment, as the SDK has it
 * (`AWS_ACCESS_KEY_ID`, a role …): an address gets printed, keys must not.
 *
 * @returns null when it is no such address
 */
export function parseS3Url(text: string): S3Place | null {
  const url = URL.parse(text);
  if (url?.protocol !== "s3:" || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname)) return null;
  if (url.username !== "" || url.password !== "" || url.port !== "") return null;
  const endpoint = url.searchParams.get("endpoint") ?? undefined;
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) return null;
  const path = url.pathname.split("/").filter((part) => part !== "");
  return {
    bucket: url.hostname,
    prefix: path.map((part) => `${part}/`).join(""),
    endpoint,
    region: url.searchParams.get("region") ?? "us-east-1",
  };
}
