import { z } from "zod";
import { NotFoundError, RefusedError } from "../../../lib/errors.ts";
import { call } from "../../../contract/call.ts";
import type { Node } from "../../../seams/node.ts";
import { KEY, TWEET } from "../description/examples.ts";
import { endpoint } from "../endpoint.ts";
import { Oembed, oembedFor } from "../../pages/oembed.ts";
import { parseTweetUrl } from "../../pages/urls.ts";

const pixels = (description: string) =>
  z
    .string()
    .refine((text) => /^[1-9]\d{0,4}$/.test(text), "must be a whole number from 1 to 99999")
    .transform(Number)
    .optional()
    .meta({ description, type: "integer", minimum: 1, maximum: 99_999 });

/** The oEmbed endpoint, for other sites that embed a tweet (https://oembed.com). */
export function oembedEndpoints({ config }: Pick<Node, "config">) {
  return [
    endpoint({
      name: "getOembed",
      method: "GET",
      path: "/oembed",
      summary: "A tweet to embed, by the address of its page",
      tag: "Tweets",
      auth: "none",
      limit: "read",
      query: z.object({
        url: z.string().meta({
          description: "the address of the page of a tweet on this site",
          examples: [`${config.publicUrl}/tweet/${KEY}`],
        }),
        maxwidth: pixels("the available width in pixels"),
        maxheight: pixels("the available height in pixels"),
        format: z.string().optional().meta({ description: "only json, which is also the default" }),
      }),
      replies: {
        200: {
          description: "An oEmbed 1.0 response of type rich",
          schema: Oembed,
          example: oembedFor(TWEET, { publicUrl: "https://starling.example" }),
        },
      },
      errors: { 404: ["NOT_FOUND"], 501: ["NOT_IMPLEMENTED"] },
      async handle({ caller, present, query: { url, format = "json", ...limits } }) {
        if (format !== "json") throw new RefusedError("oEmbed is available only as JSON", 501, "NOT_IMPLEMENTED");
        const idOrKey = parseTweetUrl(url, config.publicUrl);
        if (idOrKey === null) throw new NotFoundError("The url is not the address of a tweet on this site");
        const tweet = present.tweet(await call(caller, "timeline.tweet", { idOrKey }));
        return { status: 200, body: oembedFor(tweet, config, limits) };
      },
    }),
  ];
}
