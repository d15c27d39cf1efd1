import { Presets, SingleBar } from "cli-progress";

/** A progress bar. */
export interface Progress {
  /** @param count the units of work just finished */
  done(count?: number): void;
  end(): void;
}

/** Shows a bar on standard error, or nothing without a terminal. @param total the units of work */
export function showProgress(name: string, total: number): Progress {
  const bar = new SingleBar(
    { format: `${name.padEnd(22)} {bar} {percentage}% {value}/{total} {eta_formatted}`, hideCursor: true },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return {
    done: (count = 1) => bar.increment(count),
    end: () => bar.stop(),
  };
}
