import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { messageOf, UnavailableError } from "../../../lib/errors.ts";
import { type CollectionSpec, DuplicateKeyError, StoreUnusableError } from "../collection.ts";
import type { ImportProgress } from "./import/import.ts";
import type { Answer, Answers, Refusal, Request, WriterData } from "./requests.ts";
import type { Trouble } from "./trouble.ts";

/** A write succeeds or fails within this time. A write that fails so may be on the disk later. */
const DEADLINE_MS = 5000;
/** Requests that wait for the disk. More are refused, so that memory stays bounded when the disk lags. */
const WAITING_LIMIT = 20_000;

/** Who is told of what happens. */
interface Told {
  trouble: Pick<Trouble, "down" | "damaged" | "written">;
  onImport(progress: ImportProgress): void;
}

interface Waiting {
  since: number;
  resolve: (answer: Exclude<Answer, Refusal>) => void;
  reject: (error: Error) => void;
}

/**
 * Writes to the file in a thread of its own, so that the event loop never waits for the disk. Requests are carried out
 * in the order in which they are made. Those of one turn of the event loop travel together, and all that wait share one
 * transaction. An answer means that the write is on the disk.
 */
export class Writer {
  readonly #file: string;
  readonly #told: Told;
  readonly #specs = new Map<string, CollectionSpec>();
  #worker: Worker | null = null;
  #closing = false;
  /** Requests of this turn, not sent yet. */
  #unsent: Request[] = [];
  /** In the order of the requests; `null` when the caller has its refusal already. */
  #waiting: (Waiting | null)[] = [];
  #clock: NodeJS.Timeout | null = null;
  #onIdle: () => void = () => undefined;

  constructor(file: string, told: Told) {
    this.#file = file;
    this.#told = told;
  }

  /** Makes the collection's tables fit the spec. @throws StoreUnusableError, UnavailableError */
  async open(spec: CollectionSpec): Promise<void> {
    await this.request({ kind: "open", spec }, Infinity);
    this.#specs.set(spec.name, spec);
  }

  /**
   * @param deadlineMs the time that the answer may take
   * @throws DuplicateKeyError, UnavailableError, StoreUnusableError when the file is damaged
   */
  request(request: Request, deadlineMs = DEADLINE_MS): Promise<Exclude<Answer, Refusal>> {
    if (this.#closing) return Promise.reject(new UnavailableError("The store is closed"));
    if (this.#waiting.length >= WAITING_LIMIT) {
      return Promise.reject(new UnavailableError("Too many writes wait for the disk"));
    }
    return new Promise((resolve, reject) => {
      const since = performance.now() + (deadlineMs - DEADLINE_MS);
      this.#waiting.push({ since, resolve, reject });
      if (this.#unsent.push(request) === 1) setImmediate(() => this.#send());
      this.#clock ??= setInterval(() => this.#refuseLate(), DEADLINE_MS / 10).unref();
    });
  }

  /** Waits for the writes in flight, and closes the file. A disk that hangs is not waited for. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#waiting.some((one) => one !== null)) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.ref();
    worker.postMessage("close");
    await Promise.race([ended, pause(DEADLINE_MS, undefined, { ref: false })]);
  }

  #send(): void {
    if (this.#unsent.length === 0) return;
    const requests = this.#unsent;
    this.#unsent = [];
    this.#worker ??= this.#start();
    // The process lives as long as somebody waits for a write.
    this.#worker.ref();
    this.#worker.postMessage(requests);
  }

  #start(): Worker {
    const worker = new Worker(new URL("writer-thread.ts", import.meta.url), {
      workerData: { file: this.#file, specs: [...this.#specs.values()] } satisfies WriterData,
      // Options of the process such as --input-type are not for a thread.
      execArgv: [],
    });
    worker.on("message", (message: Answers | ImportProgress) => {
      if (Array.isArray(message)) this.#settle(message);
      else this.#told.onImport(message);
    });
    let reason = "";
    worker.on("error", (error) => (reason = messageOf(error)));
    worker.on("exit", () => this.#replace(worker, reason));
    return worker;
  }

  /** The thread has ended: what it had not answered may or may not be written. The next request starts another one. */
  #replace(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const lost = this.#waiting.splice(0, this.#waiting.length - this.#unsent.length);
    const isExpected = this.#closing && lost.every((one) => one === null);
    if (!isExpected) this.#told.trouble.down(`The thread that writes ${this.#file} has ended: ${reason}`);
    for (const one of lost) one?.reject(new UnavailableError(`The store's thread has ended: ${reason}`));
    this.#checkIdle();
  }

  #settle(answers: Answers): void {
    const settled = this.#waiting.splice(0, answers.length);
    for (const [index, answer] of answers.entries()) {
      const one = settled[index];
      if (typeof answer === "object" && answer !== null) {
        if (answer.kind === "down") this.#told.trouble.down(answer.message);
        else if (answer.kind === "unusable" && one?.since !== Infinity) this.#told.trouble.damaged(answer.message);
        one?.reject(errorOf(answer));
      } else {
        if (answer) this.#told.trouble.written();
        one?.resolve(answer);
      }
    }
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.#waiting.some((one) => one !== null)) return;
    if (this.#clock) clearInterval(this.#clock);
    this.#clock = null;
    this.#worker?.unref();
    this.#onIdle();
  }

  /** Refuses requests that the disk keeps waiting. Their answers are ignored later. */
  #refuseLate(): void {
    const limit = performance.now() - DEADLINE_MS;
    const reason = `The disk of ${this.#file} does not answer in time`;
    for (const [index, one] of this.#waiting.entries()) {
      // Behind a collection that is being opened, which may take an import, everything waits.
      if (one?.since === Infinity) break;
      if (!one || one.since > limit) continue;
      this.#waiting[index] = null;
      this.#told.trouble.down(reason);
      one.reject(new UnavailableError(reason));
    }
    this.#checkIdle();
  }
}

function errorOf({ kind, message }: Refusal): Error {
  if (kind === "taken") return new DuplicateKeyError(message);
  if (kind === "down") return new UnavailableError(message);
  return kind === "unusable" ? new StoreUnusableError(message) : new TypeError(message);
}
