import type { ServerResponse } from "node:http";
import { ANSWERED } from "../send.ts";
import type { Exchange } from "./connections.ts";
import { isSending } from "./slow-clients.ts";
import type { Place, WorkQueue } from "./work-queue.ts";

/** Requests without a place: their bodies are still arriving, or they wait in a bounded queue of their own. */
const UNPLACED_LIMIT = 512;
/** A place is given back so long after its client has left, if nothing tells that the work is over. */
const ABANDONED_MS = 30_000;
/** Requests that wait in another bounded queue: for a password to be hashed, or for a picture to be decoded. */
const OWN_QUEUE = /^\/(?:auth\/|media(?:$|\?)|user\/password)/;

/** Gives places to requests that begin: what waits for a client, or elsewhere, takes no place from the others. */
export function createPlaces(queue: WorkQueue) {
  let unplaced = 0;

  return {
    /** @returns false if too many requests have begun without a place */
    enter(exchange: Exchange): boolean {
      const { req, res } = exchange;
      const hasOwnQueue = req.method === "POST" && OWN_QUEUE.test(req.url!);
      let place: Place | null = null;
      if (!hasOwnQueue && !isSending(exchange)) {
        place = queue.take();
        onAnswered(res, place.free);
        return true;
      }
      if (unplaced >= UNPLACED_LIMIT) return false;
      unplaced++;
      let isUnplaced = true;
      const leave = () => {
        if (isUnplaced) unplaced--;
        isUnplaced = false;
      };
      if (!hasOwnQueue) {
        req.once("end", () => {
          if (!isUnplaced) return;
          leave();
          place = queue.take();
        });
      }
      onAnswered(res, (ok) => {
        leave();
        place?.free(ok);
      });
      return true;
    },
  };
}

/** Calls back when the work on a request is over, although its client may still read, or may have left before. */
function onAnswered(res: ServerResponse, callback: (ok: boolean) => void): void {
  const done = () => callback(!res.destroyed && res.statusCode < 500);
  res.once(ANSWERED, done);
  res.once("prefinish", done);
  res.once("close", () => {
    if (!res.writableEnded) setTimeout(done, ABANDONED_MS).unref();
  });
}
