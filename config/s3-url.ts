/** Location of an S3-compatible store, and the part of it that Starling uses. */
export interface S3Place {
  bucket: string;
  /** Prefix of every key; empty, or ends with a slash. */
  prefix: string;
  /** Set for stores other than AWS; these take the bucket in the path. */
  endpoint: string | undefined;
  region: string;
}

/**
 * Parses `s3://BUCKET/PREFIX?region=…&endpoint=https://…`. The SDK takes the credentials from the environment
 * (`AWS_ACCESS_KEY_ID`, a role …), not from the address, because addresses appear in logs and credentials must not.
 *
 * @returns null for any other text
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
