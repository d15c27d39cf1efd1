import { createReminder } from "../../../lib/reminder.ts";

/** While the disk fails, the log says so this often. */
const REMINDER_INTERVAL_MS = 30_000;

/** The part of a logger that the store uses. */
export type Log = Record<"error" | "warn", (message: string) => void>;

/** Tells the operator when the file can't be used, now and then while that lasts, and when it is over. */
export class Trouble {
  readonly #file: string;
  readonly #log: Log;
  readonly #down = createReminder(REMINDER_INTERVAL_MS);
  readonly #damage = createReminder(REMINDER_INTERVAL_MS);
  #isDown = false;

  constructor(file: string, log: Log) {
    this.#file = file;
    this.#log = log;
  }

  /** The disk fails, which passes by itself or once an operator makes room. @param reason a sentence without an end */
  down(reason: string): void {
    if (!this.#down.isDue()) return;
    this.#isDown = true;
    this.#log.error(`${reason}. Writes are refused until that is over`);
  }

  /** A part of the file is damaged, which stays. @param reason with the remedy */
  damaged(reason: string): void {
    if (this.#damage.isDue()) this.#log.error(reason);
  }

  /** Something was written. */
  written(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#log.warn(`${this.#file} can be written again`);
  }
}
