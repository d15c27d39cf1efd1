import type { Media, Tweet } from "../../contract/shapes.ts";

/** @returns a tweet in the shape of the API's answers, with the given changes */
export function tweetOf(changes: Partial<Tweet> = {}): Tweet {
  return {
    id: "1851234567890123456",
    url: "https://starling.example/tweet/1851234567890123456",
    text: "The starlings are back over the pier.",
    createdAt: "2026-11-24T16:05:09.123Z",
    author: { id: "1850000000000000001", username: "ada_l", displayName: "Ada Lovelace", avatarUrl: null },
    media: [],
    location: null,
    metadata: {},
    ...changes,
  };
}

/** @returns a picture in the shape of the API's answers, with the given changes */
export function pictureOf(changes: Partial<Media> = {}): Media {
  return {
    id: "1851234567890000001",
    type: "image",
    url: "/media/1851234567890000001",
    previewUrl: "/media/1851234567890000001/preview",
    width: 1600,
    height: 900,
    alt: "A flock over a pier at dusk",
    bytes: 123456,
    ...changes,
  };
}
