/** `GET /user/:username/followers` becomes `getUserUsernameFollowers`. */
export function operationIdOf(method: string, path: string): string {
  return method.toLowerCase() + path.replace(/\W+(\w?)/g, (_, letter: string) => letter.toUpperCase());
}
