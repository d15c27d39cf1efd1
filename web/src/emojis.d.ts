/** The groups of emojis, made by `emojiList` in vite.config.ts. */
declare module "virtual:emojis" {
  const groups: readonly { name: string; lines: string }[];
  export default groups;
}
