import { useState } from "preact/hooks";
import { ApiError, NetworkError } from "../api/request.ts";
import { type PushState, turnPushOff, turnPushOn } from "../store/push.ts";

/** Why push can't be turned on in this browser as it is, and what to do. */
export function pushObstacle(state: PushState): string | null {
  switch (state) {
    case "insecure":
      return "Push notifications need a secure connection. Open Starling at an address that begins with https://.";
    case "unable":
      return /iPhone|iPad/.test(navigator.userAgent)
        ? "On an iPhone or iPad, first add Starling to the Home Screen from the Share menu, and turn this on there."
        : "This browser doesn't support push notifications here. A private window may be the reason.";
    case "refused":
      return (
        "Notifications are blocked for this site. Allow them in your browser's settings for this site, and turn this " +
        "on again. Private windows always block them."
      );
    case "unknown":
    case "off":
    case "on":
      return null;
  }
}

/** Why push could not be turned on or off, and what to do. */
function explainPush(error: unknown, wanted: boolean): string {
  if (error instanceof NetworkError) {
    return wanted
      ? `Push notifications are still off. ${error.message} Try again when you're connected.`
      : `Push notifications are still on. ${error.message} Try again when you're connected.`;
  }
  if (error instanceof ApiError) return error.message;
  if (error instanceof DOMException && error.name === "NotAllowedError") {
    return (
      (Notification.permission === "denied" && pushObstacle("refused")) ||
      "Your browser asked for permission and got no answer. Turn this on again, and choose “Allow”."
    );
  }
  return (
    "This browser couldn't reach its push service, so push notifications stay off. Private windows have none, and some " +
    "browsers have it turned off: in Brave it is “Use Google services for push messaging”."
  );
}

/** Turns push on and off, and keeps the reason of a failure until the next attempt. */
export function usePushChange() {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);

  function change(wanted: boolean): void {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    (wanted ? turnPushOn() : turnPushOff())
      .catch((error: unknown) => setFailure(explainPush(error, wanted)))
      .finally(() => setBusy(false));
  }
  return { busy, failure, change };
}
