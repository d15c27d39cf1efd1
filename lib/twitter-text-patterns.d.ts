/* Internal parts of twitter-text and twemoji-parser, for which no types exist. */

declare module "twitter-text/dist/regexp/*.js" {
  const pattern: RegExp;
  export default pattern;
}
declare module "twemoji-parser/dist/lib/regex.js" {
  const pattern: RegExp;
  export default pattern;
}
