/** A screen with the parameters from its path. */
export type Route =
  | { screen: "home" | "find" | "notifications" | "mentions" | "settings" | "login" | "signup" | "missing" }
  | { screen: "profile" | "followers" | "following"; username: string }
  | { screen: "tweet"; id: string };

/** Parses a path. */
export function routeOf(path: string): Route {
  const [first = "", second, third, ...rest] = path
    .replace(/^\/|\/$/g, "")
    .split("/")
    .map(decode);
  if (rest.length > 0) return { screen: "missing" };
  if (second === undefined) {
    if (first === "") return { screen: "home" };
    if (first === "users") return { screen: "find" };
    if (first === "notifications" || first === "settings" || first === "login" || first === "signup") {
      return { screen: first };
    }
  } else if (first === "notifications" && second === "mentions" && third === undefined) {
    return { screen: "mentions" };
  } else if (first === "user" && second !== "") {
    if (third === undefined) return { screen: "profile", username: second };
    if (third === "followers" || third === "following") return { screen: third, username: second };
  } else if (first === "tweet" && second !== "" && third === undefined) {
    return { screen: "tweet", id: second };
  }
  return { screen: "missing" };
}

/** Whether the screen needs an account. Visitors see the sign-up or login form there. */
export function isForMembers({ screen }: Route): boolean {
  return ["home", "notifications", "mentions", "settings", "login", "signup"].includes(screen);
}

/** Whether the client has a screen at this path. */
export function isScreen(path: string): boolean {
  return routeOf(path).screen !== "missing";
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
