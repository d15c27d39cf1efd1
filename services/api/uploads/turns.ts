import { RefusedError, UnavailableError } from "../../../lib/errors.ts";

/** The bounds of one kind of work. */
interface TurnLimits {
  /** Works that run at a time. */
  atOnce: number;
  /** Works of one user that run at a time. */
  perUser: number;
  /** Works of one user that wait. */
  waitingPerUser: number;
  /** Works of all users that wait. */
  waiting: number;
}

interface User {
  running: number;
  waiting: (() => void)[];
}

/**
 * Bounds how many works run at a time, for all users together and for each user. The others wait, and users take turns,
 * so that a user with many waiting works delays another by one at most.
 */
export function createTurns({ atOnce, perUser, waitingPerUser, waiting }: TurnLimits) {
  /** The users who have running or waiting works, those whose turn is next first. */
  const users = new Map<string, User>();
  let running = 0;
  let queued = 0;

  function start(user: User): void {
    running += 1;
    user.running += 1;
  }

  function startNext(): void {
    if (running >= atOnce) return;
    for (const user of users.values()) {
      const next = user.running < perUser ? user.waiting.shift() : undefined;
      if (!next) continue;
      queued -= 1;
      start(user);
      return next();
    }
  }

  async function enter(id: string): Promise<User> {
    const user = users.get(id) ?? { running: 0, waiting: [] };
    users.set(id, user);
    if (running < atOnce && user.running < perUser) {
      start(user);
      return user;
    }
    if (user.waiting.length >= waitingPerUser) {
      throw new RefusedError("Too many of your uploads are waiting. Try again later.", 429, "TOO_MANY_AT_ONCE");
    }
    if (queued >= waiting) {
      if (user.running + user.waiting.length === 0) users.delete(id);
      throw new UnavailableError("Too many uploads are waiting");
    }
    queued += 1;
    await new Promise<void>((resolve) => user.waiting.push(resolve));
    return user;
  }

  function leave(id: string, user: User): void {
    running -= 1;
    user.running -= 1;
    users.delete(id);
    // To the end of the line.
    if (user.running + user.waiting.length > 0) users.set(id, user);
    startNext();
  }

  /** @throws RefusedError 429 when too many works of this user wait, UnavailableError when too many of all users do */
  return async <T>(userId: string, work: () => Promise<T>): Promise<T> => {
    const user = await enter(userId);
    try {
      return await work();
    } finally {
      leave(userId, user);
    }
  };
}
