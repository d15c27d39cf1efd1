import { setTimeout as pause } from "node:timers/promises";
import {
  MongoClientClosedError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from "mongodb";
import { UnavailableError } from "../../lib/errors.ts";
import { DuplicateKeyError } from "./collection.ts";

const DUPLICATE_KEY = 11_000;

/** The server's codes that mean "not now". */
const NOT_NOW = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  9001, // SocketException
  10_107, // NotWritablePrimary
  11_600, // InterruptedAtShutdown
  11_602, // InterruptedDueToReplStateChange
  13_435, // NotPrimaryNoSecondaryOk
  13_436, // NotPrimaryOrSecondary
]);

/** The driver's errors that mean that nobody answered. */
const UNREACHED = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoWriteConcernError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
  MongoClientClosedError,
  MongoServerClosedError,
];

/** Those that it does not export as classes. */
const UNREACHED_NAMES = ["MongoPoolClosedError", "MongoWaitQueueTimeoutError"];

/**
 * Node.js's own, which the driver lets through when a connection ends while it is written to: it takes them for no
 * failure of the line, so it neither tries again nor gives up the member's other connections.
 */
const BROKEN_LINE = new Set<unknown>(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"]);

/** Before each further try, in milliseconds: together about as long as the driver takes to look at a member again. */
const BROKEN_LINE_WAITS = [10, 30, 100, 300, 600];

/**
 * The driver's errors as ours: DuplicateKeyError, or UnavailableError for whatever passes by itself. Others are bugs or
 * a wrong set-up, and stay what they are.
 */
export function translateError(error: unknown): unknown {
  if (isBrokenLine(error)) {
    return new UnavailableError("The connection to MongoDB broke off");
  }
  if (!(error instanceof MongoError)) return error;
  if (isNotNow(error)) return new UnavailableError(`MongoDB does not answer as it should: ${error.name}`);
  if (error.code === DUPLICATE_KEY) return new DuplicateKeyError(fieldOf(error));
  return error;
}

/**
 * Reads again where a line broke that the driver does not try again for. Each of a dead member's connections may be
 * such a line, until the driver sees that it is dead, a moment later.
 *
 * @throws what `read` throws that is no broken line, and what it throws in the end
 */
export async function readOverBrokenLines<R>(read: () => Promise<R>): Promise<R> {
  for (const wait of BROKEN_LINE_WAITS) {
    try {
      return await read();
    } catch (error) {
      if (!isBrokenLine(error)) throw error;
    }
    await pause(wait);
  }
  return read();
}

function isBrokenLine(error: unknown): boolean {
  return BROKEN_LINE.has((error as { code?: unknown } | null)?.code);
}

function isNotNow(error: MongoError): boolean {
  if (UNREACHED.some((kind) => error instanceof kind) || UNREACHED_NAMES.includes(error.name)) return true;
  return error.hasErrorLabel("RetryableWriteError") || NOT_NOW.has(Number(error.code));
}

/** The first field of the index that refused. A bulk's error has its name only in the message. */
function fieldOf(error: MongoError): string {
  const pattern: unknown = error instanceof MongoServerError ? error.errorResponse["keyPattern"] : undefined;
  if (pattern) return Object.keys(pattern)[0] ?? "_id";
  return /index: (\w+?)_-?1?\b/.exec(error.message)?.[1] ?? "_id";
}
