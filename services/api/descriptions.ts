import type { Config } from "../../config/config.ts";
import { compressReply, type StaticReply } from "../gateway/compressed.ts";
import type { Endpoint } from "./endpoint.ts";

export type Descriptions = ReturnType<typeof createDescriptions>;

/**
 * The API's own descriptions. Each is made at the first request for it, because most starts are followed by none.
 *
 * @param version the version of the product
 */
export function createDescriptions(
  endpoints: readonly Endpoint[],
  config: Pick<Config, "publicUrl" | "rateLimitScale">,
  version: string,
) {
  const http = once(async () => (await import("./openapi.ts")).describeApi(endpoints, config, version));
  const live = once(async () => (await import("./asyncapi.ts")).describeLive(config, version));

  return {
    openapi: once(async () => jsonReply(await http())),
    asyncapi: once(async () => jsonReply(await live())),
    /** The page that shows both, and the files that it loads, by their paths. */
    docs: once(async () => (await import("./docs/docs.ts")).docsReplies(await http(), await live())),
  };
}

function jsonReply(description: object): Promise<StaticReply> {
  const headers = { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "public, max-age=300" };
  return compressReply({ status: 200, body: JSON.stringify(description), headers });
}

/** Makes something when it is asked for first, and again after a failure. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
