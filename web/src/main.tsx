import { render } from "preact";
import { App } from "./app.tsx";
import { isGiven } from "./api/known.ts";
import { startKeyboard } from "./components/keyboard.ts";
import { startLive } from "./live/connection.ts";
import { openOutbox } from "./outbox/outbox.ts";
import { keepFocus } from "./router/focus.ts";
import { navigate, startRouter } from "./router/router.ts";
import { HOME_PATH, homeList } from "./store/home.ts";
import { onOpened, startServiceWorker } from "./store/push.ts";
import { me, refreshSession } from "./store/session.ts";
import "./store/settings.ts";
import "./styles/index.css";

/** After a deployment an open page may request a chunk of the old version. Without a connection a reload would lose the page. */
window.addEventListener("vite:preloadError", () => {
  if (document.documentElement.dataset["live"] === "live") location.reload();
});

/** Server-rendered pages omit these links, which the client needs. */
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
if (!mount) throw new Error("There is no #app to mount the client in");
// What a visitor needs first.
if (!me.value && !isGiven("/auth/session")) import("./screens/account-forms.tsx").catch(() => undefined);
void start(mount);

async function start(app: HTMLElement): Promise<void> {
  completeHead();
  startRouter();
  // With answers in the page, the first render is complete and waits for no request.
  const given = isGiven("/auth/session") ? refreshSession() : null;
  await given;
  // Load the stored home timeline before anything is requested: a tweet's own page finds its tweet there, too.
  const list = me.value && homeList();
  if (list && isGiven(HOME_PATH)) await list.refresh();
  startKeyboard();
  keepFocus();
  onOpened(navigate);
  app.replaceChildren();
  render(<App />, app);

  // The first render does not wait for the requests below.
  const checked = (given ?? refreshSession()).then(
    () => undefined,
    () => undefined,
  );
  void openOutbox();
  void startLive(checked);
  startServiceWorker().catch(() => undefined);
}
