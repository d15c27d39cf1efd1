import type { Refused } from "./refuser.ts";

/** A request that waits for its turn. Refusing it means no work on it at all. */
export interface Job extends Refused {
  /** By `performance.now()`. */
  readonly arrivedAt: number;
  /** Whether nobody waits for the answer any more. */
  isGone(): boolean;
  begin(): void;
}

/** Jobs that wait. All clients have their turn one after the other, however many jobs one of them has. */
export class FairQueue {
  /** The jobs of each client, oldest first. The client whose turn is next comes first. */
  readonly #clients = new Map<string, Job[]>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(client: string, job: Job): void {
    const jobs = this.#clients.get(client);
    if (jobs) jobs.push(job);
    else this.#clients.set(client, [job]);
    this.#length++;
  }

  /** Takes a job of the client whose turn it is. @param newest whether to take its newest job instead of its oldest */
  take(newest: boolean): Job | undefined {
    for (const [client, jobs] of this.#clients) {
      const job = newest ? jobs.pop()! : jobs.shift()!;
      this.#length--;
      this.#clients.delete(client);
      if (jobs.length > 0) this.#clients.set(client, jobs);
      return job;
    }
    return undefined;
  }

  /** Takes the oldest job of the client that has most. */
  takeFromLargest(): Job {
    let largest: [string, Job[]] | undefined;
    for (const entry of this.#clients) if (!largest || entry[1].length > largest[1].length) largest = entry;
    const [client, jobs] = largest!;
    const job = jobs.shift()!;
    this.#length--;
    if (jobs.length === 0) this.#clients.delete(client);
    return job;
  }

  /** Takes all jobs that arrived before a time. */
  takeOlder(than: number): Job[] {
    const taken: Job[] = [];
    for (const [client, jobs] of this.#clients) {
      while (jobs.length > 0 && jobs[0]!.arrivedAt < than) taken.push(jobs.shift()!);
      if (jobs.length === 0) this.#clients.delete(client);
    }
    this.#length -= taken.length;
    return taken;
  }
}
