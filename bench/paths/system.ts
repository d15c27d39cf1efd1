import type { Client } from "../../dev/replay/http.ts";

/** The processes of a side, by kind. */
export type Processes = Readonly<Record<string, readonly number[]>>;

/** The product as it is measured: all its processes, and one address. */
export interface System {
  readonly url: string;
  readonly client: Client;
  readonly processes: Processes;
}

export function pidsOf(processes: Processes): number[] {
  return Object.values(processes).flat();
}
