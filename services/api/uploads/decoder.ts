import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { type FieldError, InvalidError, UnavailableError } from "../../../lib/errors.ts";
import type { CheckedImage } from "./image-check.ts";
import type { PreparedImage } from "./image.ts";
import type { PictureType } from "./media-types.ts";
import type { Preview } from "./preview.ts";
import type { Size } from "./video-info.ts";

/** The steps that need a decoder. Those of pictures and posters throw InvalidError. */
export interface Steps {
  /** Checks a picture before it is decoded, and gives its file an end if it has none. */
  checkImage: (path: string, type: PictureType) => Promise<CheckedImage>;
  /** Re-encodes a picture from one path to another. */
  encodeImage: (image: CheckedImage, source: string, target: string) => Promise<PreparedImage>;
  /** Makes a poster of a frame that came with a video. */
  encodePoster: (image: CheckedImage, path: string, video: Size) => Promise<Preview>;
  /** Draws a poster for a video that came without a frame. */
  drawPoster: (width: number, height: number) => Promise<Buffer>;
}

export interface Question {
  id: number;
  step: keyof Steps;
  parameters: unknown[];
}

/** `refusal` says what is wrong with the file, `failure` what is wrong with this machine. */
export type Answer = { id: number } & (
  { result: unknown } | { refusal: FieldError[] } | { failure: { message: string; code?: string | undefined } }
);

/** The process ends when there was nothing to decode for this long, and its memory is free. */
const IDLE_LIMIT_MS = 30_000;
/**
 * Decoders allocate and free many blocks of megabytes from several threads. With its default settings, glibc keeps what
 * they free: half a gigabyte after ten pictures. With these, large blocks are given back to the system at once.
 */
const MALLOC = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "131072" };

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/**
 * Decodes pictures in a process of its own: their memory is given back, a picture that crashes a decoder crashes
 * nothing else, and decoding takes no thread that the server needs. The process starts with the first picture.
 */
export function createDecoder() {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let child: ChildProcess | null = null;
  let idle: NodeJS.Timeout | undefined;

  function start(): ChildProcess {
    const started = fork(join(import.meta.dirname, "decoder-process.ts"), {
      env: { ...process.env, ...MALLOC },
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const end = () => {
      if (child !== started) return;
      child = null;
      for (const { reject } of waiting.values()) reject(new UnavailableError("The decoder of pictures has ended"));
      waiting.clear();
    };
    started.on("exit", end);
    started.on("error", end);
    started.on("message", (message) => settle(message as Answer));
    // The server may end meanwhile, and the process with it.
    started.unref();
    started.channel?.unref();
    return started;
  }

  function settle(answer: Answer): void {
    const { resolve, reject } = waiting.get(answer.id) ?? {};
    waiting.delete(answer.id);
    if ("result" in answer) resolve?.(answer.result);
    else if ("refusal" in answer) reject?.(new InvalidError(answer.refusal));
    else reject?.(Object.assign(new Error(answer.failure.message), { code: answer.failure.code }));
    if (waiting.size > 0) return;
    idle = setTimeout(stop, IDLE_LIMIT_MS);
    idle.unref();
  }

  function stop(): void {
    const stopped = child;
    child = null;
    stopped?.disconnect();
  }

  /** @throws the errors of {@link Steps}, UnavailableError */
  return <S extends keyof Steps>(step: S, ...parameters: Parameters<Steps[S]>): ReturnType<Steps[S]> => {
    clearTimeout(idle);
    child ??= start();
    last += 1;
    const id = last;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    waiting.set(id, { resolve, reject });
    child.send({ id, step, parameters } satisfies Question, (error) => {
      if (error && waiting.delete(id)) reject(new UnavailableError("The decoder of pictures has ended"));
    });
    return promise as ReturnType<Steps[S]>;
  };
}

export type Decode = ReturnType<typeof createDecoder>;
