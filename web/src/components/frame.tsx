import type { ComponentChildren } from "preact";
import { goBack, place } from "../router/router.ts";
import { isForMembers, routeOf } from "../router/routes.ts";
import { unread } from "../store/notifications.ts";
import { me } from "../store/session.ts";
import { Avatar } from "./avatar.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { show } from "./dialogs.ts";
import { Logo } from "./logo.tsx";
import { Suggestions } from "./suggestions.tsx";

/** The layout around every screen: the navigation and, on a wide window, suggestions beside the content. */
export function Frame({ children }: { children: ComponentChildren }) {
  const user = me.value;
  const { path } = place.value;
  const count = unread.value;
  const route = routeOf(path);
  const screen = !user && isForMembers(route) ? "welcome" : route.screen;
  return (
    <div class={`frame at-${screen}`}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="rail">
        <a class="brand" href="/" aria-label="Starling, home">
          <Logo />
          <span class="brand-name">Starling</span>
        </a>
        <nav class="nav" aria-label="Main">
          {user ? (
            <>
              <NavLink to="/" icon="home" label="Home" here={path} />
              <NavLink to="/users" icon="search" label="Find people" here={path} />
              <NavLink to="/notifications" icon="bell" label="Notifications" here={path} count={count} />
              <NavLink to={`/user/${user.username}`} icon="person" label="Profile" here={path} />
              <NavLink to="/settings" icon="settings" label="Settings" here={path} />
            </>
          ) : (
            <>
              <NavLink to="/login" icon="person" label="Log in" here={path} />
              <NavLink to="/signup" icon="feather" label="Sign up" here={path} />
            </>
          )}
        </nav>
        {user && (
          <>
            <button type="button" class="button write" aria-label="Write a tweet" onClick={() => show("compose")}>
              <Icon name="feather" />
              <span class="write-label">Tweet</span>
            </button>
            <a class="rail-me" href={`/user/${user.username}`} aria-hidden="true" tabIndex={-1}>
              <Avatar user={user} size="small" />
              <span class="rail-names">
                <bdi class="author-name">{user.displayName}</bdi>
                <span class="handle">@{user.username}</span>
              </span>
            </a>
          </>
        )}
      </header>
      <main class="column" id="main" tabIndex={-1}>
        {children}
      </main>
      <aside class="aside" aria-label="More">
        {user && screen !== "find" && <Suggestions most={4} title="Active now" />}
        <footer class="foot">
          <a href="/about">About</a>
          <a href="/docs">API</a>
          <button type="button" class="link-button" onClick={() => show("keys")}>
            Keyboard shortcuts
          </button>
        </footer>
      </aside>
    </div>
  );
}

interface NavLinkProps {
  to: string;
  icon: IconName;
  label: string;
  here: string;
  count?: number;
}

function NavLink({ to, icon, label, here, count = 0 }: NavLinkProps) {
  // The second is a tab of the same screen.
  const current = [to.toLowerCase(), `${to.toLowerCase()}/mentions`].includes(here.toLowerCase());
  return (
    <a
      class="nav-link"
      href={to}
      aria-current={current ? "page" : undefined}
      aria-label={count > 0 ? `${label}, ${count} unread` : label}
    >
      <span class="nav-icon">
        <Icon name={icon} size={26} />
        {count > 0 && <span class="badge">{count > 99 ? "99+" : count}</span>}
      </span>
      <span class="nav-label">{label}</span>
    </a>
  );
}

/** The bar at the top of a screen: its title and a back button. */
export function TopBar({
  title,
  back = false,
  children,
}: {
  title: ComponentChildren;
  back?: boolean;
  children?: ComponentChildren;
}) {
  return (
    <div class="top-bar">
      {back && (
        <button type="button" class="icon-button back-button" aria-label="Back" onClick={goBack}>
          <Icon name="back" />
        </button>
      )}
      <h1>{title}</h1>
      {children}
    </div>
  );
}
