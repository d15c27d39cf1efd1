import { Presets, SingleBar } from "cli-progress";

/** One stretch of work, as it is shown. */
export interface Progress {
  /** @param count how much more is done */
  done(count?: number): void;
  end(): void;
}

/** Shows a bar on standard error, and nothing where that is no terminal. @param total how much there is to do */
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
