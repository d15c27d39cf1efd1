import { type Authenticator, credsAuthenticator, nkeyAuthenticator } from "nats";
import { readFileOf } from "../../config/files.ts";
import { ConfigError } from "../../lib/errors.ts";

/**
 * Proves who the node is with the file of `NATS_CREDS`. The file is read again at each connection, so that its
 * credentials may be replaced while the node runs; while the file is bad, the last good one counts.
 *
 * @throws ConfigError when the file can't be read, or holds neither a JWT with its seed nor the seed of an nkey
 */
export function credentialsOf(path: string): Authenticator {
  let current = authenticatorOf(path);
  return (nonce) => {
    try {
      current = authenticatorOf(path);
    } catch (error) {
      // An error thrown in here would end the client for good.
      if (!(error instanceof ConfigError)) throw error;
    }
    return current(nonce);
  };
}

function authenticatorOf(path: string): Authenticator {
  const content = readFileOf("NATS_CREDS", path);
  const isCreds = content.includes("-----BEGIN");
  const authenticator = isCreds ? credsAuthenticator(content) : nkeyAuthenticator(Buffer.from(String(content).trim()));
  try {
    authenticator("a nonce");
  } catch {
    // The error of the library may quote the file.
    throw new ConfigError(
      `NATS_CREDS: the file ${path} holds neither a user's JWT with its seed (.creds) nor the seed of an nkey`,
    );
  }
  return authenticator;
}
