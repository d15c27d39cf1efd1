import { UnavailableError } from "../../../lib/errors.ts";

/** The bytes of uploads that this node may keep on its disk at a time; the pods of `k8s/base` have 2 GiB. */
const LIMIT_BYTES = 1.5 * 1024 * 1024 * 1024;
/** An upload asks for more room after each of these steps, so that a picture never asks. */
const STEP_BYTES = 10 * 1024 * 1024;

/** Counts the bytes of the uploads that are not in the store yet. */
export function createDiskSpace() {
  const byUser = new Map<string, number>();
  let total = 0;

  function count(userId: string, bytes: number): void {
    total += bytes;
    const sum = (byUser.get(userId) ?? 0) + bytes;
    if (sum === 0) byUser.delete(userId);
    else byUser.set(userId, sum);
  }

  /**
   * Runs an upload, which reports the bytes of its file as they come, and has them on the disk until it ends.
   *
   * @param hasRoom throws when the user has no room for these bytes besides what the store has already
   */
  return async <T>(
    userId: string,
    hasRoom: (bytes: number) => Promise<void>,
    upload: (admit: (bytes: number) => Promise<void>) => Promise<T>,
  ): Promise<T> => {
    let own = 0;
    try {
      return await upload(async (bytes) => {
        const before = Math.floor(own / STEP_BYTES);
        own += bytes;
        count(userId, bytes);
        if (total > LIMIT_BYTES) throw new UnavailableError("Too many uploads are on the disk of this node");
        if (Math.floor(own / STEP_BYTES) > before) await hasRoom(byUser.get(userId)!);
      });
    } finally {
      count(userId, -own);
    }
  };
}
