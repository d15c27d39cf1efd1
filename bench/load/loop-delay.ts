// Loaded into a server that is measured (`node --import`). Tells the delays of its event loop since the last question to
// whoever connects to the socket BENCH_LOOP_DELAY.
import { createServer } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/** Delays of the event loop beyond the time that it was to sleep, in milliseconds. */
export interface LoopDelay {
  readonly p99: number;
  readonly most: number;
}

const RESOLUTION_MS = 10;

const path = process.env["BENCH_LOOP_DELAY"];
// Worker threads load it too.
if (path !== undefined && isMainThread) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  // The histogram holds nanoseconds, and counts the time of the sleep as well.
  const beyond = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  createServer((socket) => {
    const { count, max } = delays;
    const figures: LoopDelay =
      count === 0 ? { p99: 0, most: 0 } : { p99: beyond(delays.percentile(99)), most: beyond(max) };
    delays.reset();
    socket.end(JSON.stringify(figures));
  })
    .listen(path)
    .unref();
}
