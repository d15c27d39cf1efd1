import { render } from "preact";
import { App } from "./app.tsx";
import { startKeyboard } from "./components/keyboard.ts";
import { startLive } from "./live/connection.ts";
import { openOutbox } from "./outbox/outbox.ts";
import { navigate, startRouter } from "./router/router.ts";
import { homeList } from "./store/home.ts";
import { refreshNotifications } from "./store/notifications.ts";
import { onOpened, startServiceWorker } from "./store/push.ts";
import { me, refreshSession } from "./store/session.ts";
import "./store/settings.ts";
import "./styles/index.css";

/** After a new version was deployed, an open page may ask for code that is not there any more. */
window.addEventListener("vite:preloadError", () => location.reload());

/** A page that the server made has no more than it needs itself. */
function completeHead(): void {
  for (const [rel, href] of [
    ["manifest", "/manifest.webmanifest"],
    ["apple-touch-icon", "/icon-180.png"],
  ] as const) {
    if (document.head.querySelector(`link[rel="${rel}"]`)) continue;
    document.head.append(Object.assign(document.createElement("link"), { rel, href }));
  }
}

const mount = document.getElementById("app");
if (!mount) throw new Error("There is no #app to mount in");
completeHead();
startRouter();
// What was read last is here before the server is asked, also for a tweet's own page.
if (me.value) homeList();
startKeyboard();
onOpened(navigate);
mount.replaceChildren();
render(<App />, mount);

// What follows makes the page live; the first picture does not wait for it.
const asked = refreshSession().then(
  (user) => void (user && refreshNotifications()),
  () => undefined,
);
void openOutbox();
void startLive(asked);
startServiceWorker().catch(() => undefined);
