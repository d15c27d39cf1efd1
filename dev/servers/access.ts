import type { Certificates } from "./certificates.ts";

/** A user of a server, who may do what Starling needs. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Who may connect to a server, and how. */
export interface Access {
  /** The only user; without one, anybody may do anything. */
  readonly login?: Login | undefined;
  /** Allows connections with TLS alone. */
  readonly tls?: Certificates | undefined;
}

/** @returns `USER:PASSWORD@` for an address, or an empty text */
export function credentialsIn(login: Login | undefined): string {
  return login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : "";
}
