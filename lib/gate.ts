/** Lets only so many run at once; the others wait in line. */
export interface Gate {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** How many wait. */
  readonly waiting: number;
}

/** @param most how many run at once */
export function createGate(most: number): Gate {
  const line: (() => void)[] = [];
  let running = 0;
  return {
    async run(work) {
      if (running >= most) await new Promise<void>((resolve) => line.push(resolve));
      else running += 1;
      try {
        return await work();
      } finally {
        // Whoever is next in line takes this place over.
        const next = line.shift();
        if (next) next();
        else running -= 1;
      }
    },
    get waiting() {
      return line.length;
    },
  };
}
