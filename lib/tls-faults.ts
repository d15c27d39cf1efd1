/** Codes of Node.js for a certificate of the server that can't be verified. */
const UNVERIFIED =
  /^(?:UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(?:CA|PURPOSE)|HOSTNAME_|ERR_TLS_CERT_)/;
/** Codes of Node.js for alerts of a server that does not accept the certificate of the client, or misses one. */
const UNACCEPTED = /^ERR_SSL_.*ALERT_(?:.*CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/;

/** Names of the settings for an operator: the one with the CA, and the one with the client's certificate. */
export interface TlsSettings {
  ca: string;
  certificate: string;
}

/**
 * Explains a failed TLS handshake to an operator.
 *
 * @returns null for any other error
 */
export function tlsFaultOf(error: unknown, { ca, certificate }: TlsSettings): string | null {
  for (const code of codesOf(error)) {
    if (UNVERIFIED.test(code)) {
      return `${ca}: the server's certificate can't be verified (${code}). Set the CA that signed it; its names must include the host`;
    }
    if (UNACCEPTED.test(code)) {
      return `${certificate}: the server does not accept the client's certificate, or misses one (${code})`;
    }
  }
  return null;
}

/** The codes of an error and of its causes; drivers wrap the error of the socket. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  let next = error as { code?: unknown; cause?: unknown; chainedError?: unknown } | null | undefined;
  // Some drivers let an error be its own cause.
  for (let depth = 0; next && depth < 10; depth++) {
    if (typeof next.code === "string") codes.push(next.code);
    next = (next.cause ?? next.chainedError) as typeof next;
  }
  return codes;
}
