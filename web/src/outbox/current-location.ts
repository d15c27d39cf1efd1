import type { Location } from "../api/shapes.ts";

/** About a hundred metres: enough to name a place, too coarse to give away an address. */
const DECIMALS = 3;
const TIMEOUT_MS = 15_000;
/** A position from a few minutes ago is good enough, and available at once. */
const MOST_AGE_MS = 300_000;

/** Asks the browser for the device's location, rounded. @throws Error with a message for the user */
export function currentLocation(): Promise<Location> {
  return new Promise((resolve, reject) => {
    if (!("geolocation" in navigator)) return reject(new Error("This browser can't share your location."));
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: rounded(coords.latitude), lon: rounded(coords.longitude) }),
      ({ code, PERMISSION_DENIED }) =>
        reject(
          new Error(
            code === PERMISSION_DENIED
              ? "Location is blocked for this site. You can allow it in your browser's settings."
              : "Your location couldn't be found.",
          ),
        ),
      { timeout: TIMEOUT_MS, maximumAge: MOST_AGE_MS },
    );
  });
}

function rounded(degrees: number): number {
  return Number(degrees.toFixed(DECIMALS));
}
