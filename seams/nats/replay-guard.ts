import type { Opened } from "./seal.ts";

/**
 * A packet may be this old, or this far in the future: clocks of nodes differ. A node that has just started does not know
 * which packets it has had before, and only their age protects it.
 */
const CLOCK_LIMIT_MS = 5 * 60_000;
/** NATS keeps the order of one sender's packets, but for a moment after the sender has connected to another server. */
const WINDOW_PACKETS = 1024;

/** Recognizes packets that arrive again, by their senders' counters. */
export class ReplayGuard {
  /** For each sender, the highest counter so far by its remainder; and when the sender was last heard of. */
  readonly #senders = new Map<string, { highest: Float64Array; heardAt: number }>();
  #sweptAt = 0;

  /** @returns why a packet is refused, in words for an operator; null when it is not */
  check({ sender, counter, sentAt }: Pick<Opened, "sender" | "counter" | "sentAt">, now = Date.now()): string | null {
    if (Math.abs(now - sentAt) > CLOCK_LIMIT_MS) {
      return "it is more than five minutes old, or from the future; check the clocks of all nodes";
    }
    this.#forgetSilent(now);
    const known = this.#senders.get(sender) ?? { highest: new Float64Array(WINDOW_PACKETS), heardAt: now };
    this.#senders.set(sender, known);
    const place = counter % WINDOW_PACKETS;
    if (counter <= known.highest[place]!) return "it has arrived before; somebody repeats packets";
    known.highest[place] = counter;
    known.heardAt = now;
    return null;
  }

  /** Forgets senders whose packets are all too old by now: processes that have ended. */
  #forgetSilent(now: number): void {
    if (now - this.#sweptAt < CLOCK_LIMIT_MS) return;
    this.#sweptAt = now;
    for (const [sender, { heardAt }] of this.#senders) {
      if (now - heardAt > 2 * CLOCK_LIMIT_MS) this.#senders.delete(sender);
    }
  }
}
