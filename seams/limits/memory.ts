import { RateLimiterMemory } from "rate-limiter-flexible";
import type { Keeper } from "./rate-limiter.ts";

/** Counts in memory, for a single node. */
export const memoryKeeper: Keeper = (options) => new RateLimiterMemory(options);
