import type { ComponentType, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ConnectionBar } from "./components/connection-bar.tsx";
import { Frame } from "./components/frame.tsx";
import { Overlays } from "./components/overlays.tsx";
import { Failed, Loading } from "./components/states.tsx";
import { focusScreen } from "./router/focus.ts";
import { navigate, place, positionOf } from "./router/router.ts";
import { isForMembers, type Route, routeOf } from "./router/routes.ts";
import { settleScroll } from "./router/scroll.ts";
import { givenTitle } from "./router/title.ts";
import { Home } from "./screens/home.tsx";
import { Missing } from "./screens/missing.tsx";
import { ProfileScreen } from "./screens/profile.tsx";
import { TweetScreen } from "./screens/tweet.tsx";
import { Welcome } from "./screens/welcome.tsx";
import { unread } from "./store/notifications.ts";
import { me, sessionEnded } from "./store/session.ts";

/** The client. */
export function App() {
  const here = place.value;
  const user = me.value;
  const route = routeOf(here.path);
  const first = useRef(true);

  useLayoutEffect(() => settleScroll(here), [here]);
  useEffect(() => {
    const wanted = here.returning ? positionOf(here.visit).focus : null;
    const isFirst = first.current;
    first.current = false;
    // On the first screen the browser does it.
    return isFirst && wanted === null ? undefined : focusScreen(wanted);
  }, [here]);
  useEffect(() => {
    const loggingIn = route.screen === "login" || route.screen === "signup";
    if (user && loggingIn) navigate("/", { replace: true });
  }, [user, route.screen]);
  useTitle(givenTitle(here.visit) ?? titleOf(route, user !== null));

  return (
    <>
      <Frame>
        {screenOf(route, user !== null)}
        <ConnectionBar />
      </Frame>
      <Overlays />
    </>
  );
}

function screenOf(route: Route, loggedIn: boolean): VNode {
  if (!loggedIn && isForMembers(route)) {
    const isNewcomer = route.screen === "signup" || (route.screen === "home" && !sessionEnded.value);
    return <Welcome form={isNewcomer ? "signup" : "login"} />;
  }
  switch (route.screen) {
    case "home":
    case "signup":
    case "login":
      return <Home />;
    case "find":
      return <Later load={loadFind} />;
    case "profile":
      return <ProfileScreen key={route.username.toLowerCase()} username={route.username} />;
    case "followers":
    case "following":
      return <Later key={route.username} load={loadPeople} username={route.username} which={route.screen} />;
    case "tweet":
      return <TweetScreen key={route.id} id={route.id} />;
    case "notifications":
    case "mentions":
      return <Later load={loadNotifications} />;
    case "settings":
      return <Later load={loadSettings} />;
    case "missing":
      return <Missing />;
  }
}

const loadFind = async () => (await import("./screens/find.tsx")).Find;
const loadNotifications = async () => (await import("./screens/notifications/notifications.tsx")).Notifications;
const loadPeople = async () => (await import("./screens/people.tsx")).People;
const loadSettings = async () => (await import("./screens/settings/settings.tsx")).Settings;

/** The screens whose code has been loaded: they are drawn at once. */
const loaded = new Map<unknown, unknown>();

/** A screen whose code is loaded on demand: few visits begin with it. The other properties are the screen's own. */
function Later<P extends object>({ load, ...props }: { load: () => Promise<ComponentType<P>> } & P) {
  const [, setChanges] = useState(0);
  const [failed, setFailed] = useState(false);
  const Screen = loaded.get(load) as ComponentType<P> | undefined;
  const read = () => {
    setFailed(false);
    if (loaded.has(load)) return;
    load().then(
      (screen) => {
        loaded.set(load, screen);
        setChanges((count) => count + 1);
      },
      () => setFailed(true),
    );
  };
  useEffect(read, [load]);
  if (failed) return <Failed message="This page couldn't be loaded." onRetry={read} />;
  return Screen ? <Screen {...(props as unknown as P)} /> : <Loading />;
}

/** The title of a screen, until its content gives it a better one. @returns "" for the welcome screen */
function titleOf(route: Route, loggedIn: boolean): string {
  if (!loggedIn && isForMembers(route) && route.screen !== "signup") return route.screen === "home" ? "" : "Log in";
  switch (route.screen) {
    case "home":
      return "Home";
    case "find":
      return "Find people";
    case "profile":
      return `@${route.username}`;
    case "followers":
      return `People who follow @${route.username}`;
    case "following":
      return `People @${route.username} follows`;
    case "login":
      return "Log in";
    case "signup":
      return "Sign up";
    case "missing":
      return "Not found";
    case "tweet":
    case "notifications":
    case "mentions":
    case "settings":
      return `${route.screen.charAt(0).toUpperCase()}${route.screen.slice(1)}`;
  }
}

/** Shows the title and the number of unread notifications in the window's title and icons. */
function useTitle(title: string): void {
  const count = unread.value;
  useEffect(() => {
    document.title = `${count > 0 ? `(${count}) ` : ""}${title && `${title} · `}Starling`;
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon) icon.href = count > 0 ? "/icon-unread.svg" : "/icon.svg";
    if ("setAppBadge" in navigator) navigator.setAppBadge(count).catch(() => undefined);
  }, [title, count]);
}
