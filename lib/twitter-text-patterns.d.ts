/* Internal parts of twitter-text and twemoji-parser, for which no types exist. */

declare module "twitter-text/dist/regexp/*.js" {
  const pattern: RegExp;
  export default pattern;
}
declare module "twitter-text/dist/extractHashtagsWithIndices.js" {
  import type { HashtagWithIndices } from "twitter-text";
  /** By default this also looks for URLs, in quadratic time. */
  export default function extract(text: string, options: { checkUrlOverlap: false }): HashtagWithIndices[];
}
declare module "twemoji-parser/dist/lib/regex.js" {
  const pattern: RegExp;
  export default pattern;
}
