import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { ConfigError, messageOf } from "../lib/errors.ts";

/** Paths of the files for TLS. */
export interface TlsFiles {
  /** Certificates of the authorities that sign servers' certificates, in PEM; default: those of Node.js. */
  ca?: string | undefined;
  /** The client's certificate and its key, in PEM. */
  cert?: string | undefined;
  key?: string | undefined;
}

/** Paths of the files for a connection to NATS. */
export interface NatsFiles extends TlsFiles {
  /** A file with the credentials of a NATS user: its JWT and its seed (`.creds`), or only the seed of its nkey. */
  creds?: string | undefined;
}

/** The contents of these files. */
export type TlsContents = { [name in keyof TlsFiles]?: Buffer };

/** @throws ConfigError naming the variable when the file can't be read */
export function readFileOf(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${variable}: the file ${path} can't be read (${code ?? messageOf(error)})`);
  }
}

/**
 * Reads the files of `PREFIX_CA`, `PREFIX_CERT` and `PREFIX_KEY`, and checks that they fit together.
 *
 * @throws ConfigError naming the variable
 */
export function readTlsFiles(prefix: string, files: TlsFiles): TlsContents {
  const contents: TlsContents = {};
  for (const name of ["ca", "cert", "key"] as const) {
    const path = files[name];
    if (path !== undefined) contents[name] = readFileOf(`${prefix}_${name.toUpperCase()}`, path);
  }
  const { ca, cert, key } = contents;
  if (ca) check(`${prefix}_CA: ${files.ca} holds no certificates`, () => new X509Certificate(ca));
  if (cert && key) {
    check(`${prefix}_CERT: ${files.cert} is no certificate, or does not belong to ${prefix}_KEY`, () =>
      createSecureContext({ cert, key }),
    );
  }
  return contents;
}

function check(fault: string, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    throw new ConfigError(`${fault} (${(error as NodeJS.ErrnoException).code ?? "not PEM"})`);
  }
}
