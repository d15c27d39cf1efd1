import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Paths of PEM files. */
export interface Certificates {
  /** The authority that signed the others. */
  readonly ca: string;
  /** An authority that signed none of them. */
  readonly otherCa: string;
  /** The certificate of a server at 127.0.0.1 or localhost, its key, and a file with both. */
  readonly server: KeyPair;
  /** The certificate of a client, for servers that demand one. */
  readonly client: KeyPair;
  /** The name in the client's certificate, as MongoDB writes it. */
  readonly clientName: string;
}

interface KeyPair {
  readonly cert: string;
  readonly key: string;
  readonly both: string;
}

/** Creates an authority and certificates in a folder, which are valid for a day. Needs the program `openssl`. */
export async function createCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = async (name: string) => {
    await openssl(
      ["req", "-x509", ...newKey, "-days", "1", "-subj", `/O=Starling/CN=${name}`].concat([
        "-keyout",
        file(`${name}.key`),
        "-out",
        file(`${name}.pem`),
      ]),
    );
    return file(`${name}.pem`);
  };
  const issue = async (name: string, subject: string): Promise<KeyPair> => {
    const [cert, key, both] = [file(`${name}.pem`), file(`${name}.key`), file(`${name}-both.pem`)];
    await openssl(
      ["req", "-x509", ...newKey, "-days", "1", "-subj", subject, "-keyout", key, "-out", cert].concat(
        ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-addext", "basicConstraints=critical,CA:FALSE"],
        ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-addext", "extendedKeyUsage=serverAuth,clientAuth"],
      ),
    );
    await writeFile(both, (await readFile(cert, "utf8")) + (await readFile(key, "utf8")));
    return { cert, key, both };
  };
  const [ca, otherCa] = await Promise.all([authority("ca"), authority("other-ca")]);
  const [server, client] = await Promise.all([
    issue("server", "/O=Starling/OU=servers/CN=localhost"),
    // Members of a MongoDB set have another OU, because MongoDB takes a client with theirs for a member.
    issue("client", "/O=Starling/OU=clients/CN=starling"),
  ]);
  return { ca, otherCa, server, client, clientName: "CN=starling,OU=clients,O=Starling" };
}

async function openssl(args: string[]): Promise<void> {
  await run("openssl", args);
}
