import { z } from "zod";
import { NotFoundError } from "../../../lib/errors.ts";
import { normalizeId } from "../../../lib/snowflake.ts";
import { call } from "../../../contract/call.ts";
import { Id, Media } from "../../../contract/shapes.ts";
import { AltText } from "../uploads/alt-text.ts";
import type { MediaType } from "../uploads/media-types.ts";
import { createUploads } from "../uploads/upload.ts";
import type { Node } from "../../../seams/node.ts";
import { endpoint, nameIn } from "../endpoint.ts";
import { PICTURE, PICTURE_ID } from "../description/examples.ts";
import { createFileServer, type Which } from "../media-files.ts";

/** Bytes, as OpenAPI describes them. */
const Binary = z.string().meta({ format: "binary" });

const FILE_TYPES: readonly MediaType[] = [
  "image/jpeg",
  "image/png",
  "image/webp",
  "image/gif",
  "video/mp4",
  "video/webm",
];
/** QuickTime is served as MP4, which browsers play in the same way, and AVIF becomes WebP. */
const UPLOAD_TYPES = [...FILE_TYPES, "image/avif", "video/quicktime"];
const POSTER_TYPES = UPLOAD_TYPES.filter((type) => type.startsWith("image/"));
const types = (which: Which) => (which === "whole" ? FILE_TYPES : ["image/webp"]);

const UPLOAD_DESCRIPTION = `
Pictures are JPEG, PNG, WebP, GIF or AVIF, of at most 10 MiB. They are turned upright, scaled down to at most 4096 pixels
on a side, and lose all metadata. Animations stay animated, at most 2048 pixels on a side. AVIFs and animated GIFs of
more than 25 million pixels in all frames become WebPs.

| a picture | at most |
| --- | --- |
| JPEG, PNG | 120 million pixels |
| progressive JPEG, interlaced PNG, WebP, GIF | 65 million pixels; if it has all colours of every pixel, or 16 bits, 50 or 37 |
| AVIF | 16 million pixels; with 10 bits, 12 |
| any | 30,000 pixels on a side |
| an animated GIF, WebP or PNG | 2000 frames, 300 million pixels in all frames, 4096 × 4096 in one |

A picture that lacks its last bytes is accepted if no pixel is missing. HEIC is not accepted: convert it to JPEG.

Videos are MP4, MOV or WebM, of at most 100 MiB, 8192 pixels on a side and a day, with a codec that browsers play: H.264,
H.265, VP8, VP9 or AV1. They keep their size and frames, but everything that browsers don't need is overwritten: places,
dates, titles, tags, names of devices, tracks that are neither pictures nor sound. Bytes behind the end are cut off.
Without \`poster\`, the preview of a video is a dark field.

Only the uploader may fetch an upload until a tweet or a profile shows it. Unused uploads are deleted after a day. A user
may upload four files at once; more wait, or get 429.
`.trim();

const FILE_HEADERS = { ETag: "EntityTag", "Accept-Ranges": "AcceptRanges" } as const;

const MediaParams = z.object({ id: nameIn(Id, "the id of the upload", PICTURE_ID) });

/** The headers by which a request asks for less than the whole file. */
const Conditions = z.object({
  Range: z.string().optional().meta({ description: "one part of the file: `bytes=0-99`; any other range is ignored" }),
  "If-Range": z.string().optional().meta({ description: "an ETag: `Range` counts only if the file still has it" }),
  "If-None-Match": z.string().optional().meta({ description: "ETags of copies: the answer is 304 if one is current" }),
});

/** Uploads, and the files themselves. */
export function mediaEndpoints({ config, leases, media }: Pick<Node, "config" | "leases" | "media">) {
  const upload = createUploads({ config, media });
  const fetchFile = createFileServer({ config, leases, media });

  const files = (which: Which) =>
    endpoint({
      name: which === "whole" ? "getMediaFile" : "getMediaPreview",
      method: "GET",
      path: which === "whole" ? "/media/:id" : "/media/:id/preview",
      summary: which === "whole" ? "A picture or video" : "A preview of a picture or video, as WebP",
      description:
        "The file never changes. `Range` selects a part of it. Anyone may fetch the file once a tweet or a profile " +
        "shows it. Until then only its owner may, with a token or the cookie, and others get 404.",
      tag: "Media",
      auth: "none",
      limit: "media",
      params: MediaParams,
      header: Conditions,
      replies: {
        200: { description: "The file", contentTypes: types(which), schema: Binary, headers: FILE_HEADERS },
        206: {
          description: "The requested part",
          contentTypes: types(which),
          schema: Binary,
          headers: { ...FILE_HEADERS, "Content-Range": "ContentRange" },
        },
        304: { description: "The client's copy is current", headers: FILE_HEADERS },
      },
      errors: { 401: ["UNAUTHORIZED"], 404: ["NOT_FOUND"], 416: ["RANGE_NOT_SATISFIABLE"] },
      handle: ({ caller, req, params }) => fetchFile(caller, req, params.id, which),
    });

  return [
    endpoint({
      name: "uploadMedia",
      method: "POST",
      path: "/media",
      summary: "Upload a picture or video, for a tweet or as the caller's avatar",
      description: UPLOAD_DESCRIPTION,
      tag: "Media",
      auth: "required",
      limit: "upload",
      form: {
        schema: z.strictObject({
          alt: AltText.optional().meta({
            description: "a description for people who can't see the picture or video",
            examples: [PICTURE.alt],
          }),
          file: Binary.meta({ minLength: 1 }),
          poster: Binary.optional().meta({
            minLength: 1,
            description:
              "a frame of the video as a picture, at most 1 MiB, which becomes its preview; ignored beside a picture",
          }),
        }),
        fileTypes: { file: UPLOAD_TYPES, poster: POSTER_TYPES },
      },
      replies: { 201: { description: "The upload is stored and can be used", schema: Media, example: PICTURE } },
      errors: { 422: ["VALIDATION_ERROR"] },
      async handle({ caller, session, req, present }) {
        return { status: 201, body: present.media(await upload(caller, session.userId, req)) };
      },
    }),

    endpoint({
      name: "describeMedia",
      method: "PATCH",
      path: "/media/:id",
      summary: "Change the description of an upload that is not used yet",
      description: "For clients that upload while the author is still writing the tweet.",
      tag: "Media",
      auth: "required",
      limit: "write",
      params: MediaParams,
      body: z.strictObject({ alt: AltText.nullable() }).meta({ examples: [{ alt: PICTURE.alt }] }),
      replies: { 200: { description: "The updated upload", schema: Media, example: PICTURE } },
      errors: { 404: ["NOT_FOUND"], 409: ["CONFLICT"] },
      async handle({ caller, session, params, body, present }) {
        const id = normalizeId(params.id);
        if (id === null) throw new NotFoundError("You have no such upload");
        const alt = body.alt?.trim() || null;
        const described = await call(caller, "media.describe", { id, ownerId: session.userId, alt });
        return { status: 200, body: present.media(described) };
      },
    }),

    files("whole"),
    files("preview"),
  ];
}
