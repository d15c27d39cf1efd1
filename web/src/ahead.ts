/**
 * Code that is not needed at first, but whenever the connection is lost: then nothing can be loaded any more, unless there
 * is a service worker, and browsers have none on pages without HTTPS.
 *
 * @returns a promise that never rejects: what is missing is loaded when it is needed
 */
export async function loadAhead(): Promise<void> {
  await Promise.allSettled([
    import("./components/attachment-row.tsx"),
    import("./components/delete-tweet.tsx"),
    import("./components/drafts.tsx"),
    import("./components/location-chip.tsx"),
    import("./components/name-completion.tsx"),
    import("./components/outgoing.tsx"),
    import("./components/overflow-marks.tsx"),
    import("./outbox/current-location.ts"),
    import("./outbox/other-drafts.ts"),
    import("./outbox/picking.ts"),
    import("./outbox/sending.ts"),
  ]);
}
