import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/**
 * Makes the function that sends an order to a program of ours and waits for its answer. One order at a time.
 *
 * @param name for the Error that is thrown when the program ends instead
 */
export function createAsk(child: ChildProcess, name: string) {
  return async <T>(order: object): Promise<T> => {
    const answered = new AbortController();
    const ended = once(child, "exit", { signal: answered.signal }).then(() => {
      throw new Error(`${name} has ended.`);
    });
    // Rejects when the answer has come, too.
    ended.catch(() => undefined);
    child.send(order);
    const [answer] = (await Promise.race([once(child, "message"), ended])) as [T];
    answered.abort();
    return answer;
  };
}
