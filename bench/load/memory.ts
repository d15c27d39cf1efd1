// Loaded into a process that is measured (`node --import`, with --expose-gc). Tells its memory after a collection of garbage to
// whoever connects to the socket BENCH_MEMORY.
import { createServer } from "node:net";
import { isMainThread } from "node:worker_threads";

/** Bytes of a process. */
export interface Memory {
  /** In the machine's memory. */
  readonly resident: number;
}

const path = process.env["BENCH_MEMORY"];
// Worker threads load it too.
if (path !== undefined && isMainThread) {
  createServer((socket) => {
    // The kind that also gives memory back to the system, as V8 does after some time without work.
    globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
    const figures: Memory = { resident: process.memoryUsage.rss() };
    socket.end(JSON.stringify(figures));
  })
    .listen(path)
    .unref();
}
