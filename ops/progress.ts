/** Without a terminal, progress is printed at most this often. */
const PRINT_EVERY_MS = 10_000;

/** Shows what a command is doing, on standard error: in one line on a terminal, else as lines of a log. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr) {
  let current = "";
  let printedAt = 0;
  let shown = "";

  function show(text: string, isNew: boolean): void {
    if (text === shown) return;
    if (stream.isTTY) stream.write(`\r\u001b[K${text}`);
    else if (isNew || performance.now() - printedAt > PRINT_EVERY_MS) stream.write(`${text}\n`);
    else return;
    shown = text;
    printedAt = performance.now();
  }

  return {
    /** Begins a step of the work. @param name such as "Copying the database" */
    step(this: void, name: string): void {
      current = name;
      show(name, true);
    },
    /** @param share of the step that is done, between 0 and 1 */
    at(this: void, share: number): void {
      show(`${current}: ${Math.floor(share * 100)} %`, false);
    },
    /** Clears the line before something else is printed. */
    end(this: void): void {
      if (stream.isTTY && shown !== "") stream.write("\r\u001b[K");
      shown = "";
    },
  };
}

export type Progress = ReturnType<typeof createProgress>;
