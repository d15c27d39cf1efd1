export interface Repetition {
  /** Schedules the first run. Does nothing after {@link stop}, nor when called again. */
  readonly start: () => void;
  /** Ends the repetition. Resolves when the work that is running has ended; never rejects. */
  readonly stop: () => Promise<void>;
}

/**
 * Repeats work. Runs never overlap: each starts `ms` milliseconds after the one before has ended, so slow work delays
 * the next run instead of piling up.
 *
 * @param work may fail; the next run comes all the same
 * @param options.firstMs milliseconds from the start to the first run; `ms` unless given
 * @param options.onError is called with each failure, and must not throw
 */
export function every(
  ms: number,
  work: () => Promise<unknown>,
  { firstMs = ms, onError }: { firstMs?: number; onError: (error: unknown) => void },
): Repetition {
  let state: "new" | "started" | "stopped" = "new";
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    try {
      await work();
    } catch (error) {
      onError(error);
    }
    if (state === "started") schedule(ms);
  }

  function schedule(wait: number): void {
    timer = setTimeout(() => {
      running = run();
    }, wait);
  }

  return {
    start() {
      if (state !== "new") return;
      state = "started";
      schedule(firstMs);
    },
    async stop() {
      state = "stopped";
      clearTimeout(timer);
      await running;
    },
  };
}
