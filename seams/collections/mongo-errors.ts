import { setTimeout as pause } from "node:timers/promises";
import {
  MongoClientClosedError,
  MongoError,
  MongoMissingCredentialsError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from "mongodb";
import { UnavailableError } from "../../lib/errors.ts";
import { tlsFaultOf } from "../../lib/tls-faults.ts";
import { DuplicateKeyError } from "./collection.ts";
import { DEADLINE_MS } from "./mongo-client.ts";

const DUPLICATE_KEY = 11_000;

const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;
/** MongoDB Atlas answers so to wrong credentials. */
const ATLAS_ERROR = 8000;

/** Codes of a member that is about to leave or has just lost its part: another member answers, or soon will. */
const LEAVING = [
  91, // ShutdownInProgress
  189, // PrimarySteppedDown
  10_107, // NotWritablePrimary
  11_600, // InterruptedAtShutdown
  11_602, // InterruptedDueToReplStateChange
  13_435, // NotPrimaryNoSecondaryOk
  13_436, // NotPrimaryOrSecondary
];

/** Codes of server errors that pass by themselves, or that an operator repairs while nodes run: credentials. */
const NOT_NOW = new Set([
  UNAUTHORIZED,
  AUTHENTICATION_FAILED,
  ATLAS_ERROR,
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  89, // NetworkTimeout
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  262, // ExceededTimeLimit
  9001, // SocketException
  ...LEAVING,
]);

/** Classes of driver errors, each of which means that no server answered. */
const UNREACHED = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoWriteConcernError,
  MongoNotConnectedError,
  MongoTopologyClosedError,
  MongoClientClosedError,
  MongoServerClosedError,
];

/** The same, for errors that the driver does not export as classes. */
const UNREACHED_NAMES = ["MongoPoolClosedError", "MongoWaitQueueTimeoutError"];

/**
 * Codes of Node.js errors that the driver passes on when a connection ends during a write. The driver does not treat
 * them as network errors, so it neither retries nor closes the other connections to this member.
 */
const BROKEN_LINE = new Set<unknown>(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"]);

/**
 * Later than this, another try would hardly end before the deadline. Reads of a member that hangs fail when the driver
 * notices that, which takes 2.5 s, and more on a busy machine; they should still get their answer from another member.
 */
const LAST_TRY_AFTER_MS = DEADLINE_MS - 1000;

/** The waits between tries. Their sum is about the interval at which the driver checks each member. */
const MEMBER_WAITS_MS = [10, 30, 100, 300, 600];

/**
 * Translates the driver's errors into ours: DuplicateKeyError, or UnavailableError for failures that pass by
 * themselves. All others are bugs or misconfiguration and stay unchanged.
 */
export function translateError(error: unknown): unknown {
  if (isBrokenLine(error)) {
    return new UnavailableError("The connection to MongoDB broke");
  }
  if (!(error instanceof MongoError)) return error;
  if (isNotNow(error)) return new UnavailableError(`MongoDB is temporarily unavailable: ${error.name}`);
  if (error.code === DUPLICATE_KEY) return new DuplicateKeyError(fieldOf(error));
  return error;
}

/**
 * Retries a read whose member fails. The driver does so once, or not at all for some broken connections. That is too
 * little when two of three members die at a time: each pooled connection to them breaks, until the driver notices a
 * moment later that they are dead.
 *
 * @param othersMayAnswer whether another member than the one asked may answer
 * @throws the first error of `read` that another try would not spare it, or the error of the last try
 */
export async function readOverFailedMembers<R>(read: () => Promise<R>, othersMayAnswer = true): Promise<R> {
  const began = performance.now();
  for (const wait of MEMBER_WAITS_MS) {
    try {
      return await read();
    } catch (error) {
      const mayRepeat = isBrokenLine(error) || (othersMayAnswer && isOfOneMember(error));
      if (!mayRepeat || performance.now() - began > LAST_TRY_AFTER_MS) throw error;
    }
    await pause(wait);
  }
  return read();
}

/**
 * Explains to an operator why MongoDB lets this node not in: what is wrong with `MONGO_URL`, and what to do.
 *
 * @param error undefined when an operation waited too long for a connection
 * @returns null when MongoDB only can't be reached
 */
export function mongoRefusalOf(error: unknown): string | null {
  const { code, message = "" } = (error ?? {}) as { code?: unknown; message?: string };
  if (code === AUTHENTICATION_FAILED || code === ATLAS_ERROR || error instanceof MongoMissingCredentialsError) {
    return "MONGO_URL: MongoDB refuses the user or password. Check them, authSource and authMechanism";
  }
  if (code === UNAUTHORIZED) {
    return message.includes("requires authentication")
      ? "MONGO_URL: MongoDB demands a user and a password"
      : "MONGO_URL: this user of MongoDB needs the role readWrite on the database";
  }
  return tlsFaultOf(error, { ca: "MONGO_URL, tlsCAFile", certificate: "MONGO_URL, tlsCertificateKeyFile" });
}

function isBrokenLine(error: unknown): boolean {
  return BROKEN_LINE.has((error as { code?: unknown } | null)?.code);
}

function isOfOneMember(error: unknown): boolean {
  return error instanceof MongoNetworkError || LEAVING.includes((error as { code?: number }).code ?? 0);
}

function isNotNow(error: MongoError): boolean {
  if (UNREACHED.some((kind) => error instanceof kind) || UNREACHED_NAMES.includes(error.name)) return true;
  return error.hasErrorLabel("RetryableWriteError") || NOT_NOW.has(Number(error.code));
}

/** The first field of the index that refused the write. Errors of bulk writes name the index only in the message. */
function fieldOf(error: MongoError): string {
  const pattern: unknown = error instanceof MongoServerError ? error.errorResponse["keyPattern"] : undefined;
  if (pattern) return Object.keys(pattern)[0] ?? "_id";
  return /index: (\w+?)_-?1?\b/.exec(error.message)?.[1] ?? "_id";
}
