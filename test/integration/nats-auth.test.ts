import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "@jest/globals";
import { credsAuthenticator, nkeyAuthenticator } from "nats";
import { createCertificates } from "../../dev/servers/certificates.ts";
import { temporaryFolder } from "../../dev/servers/guard.ts";
import { startNats } from "../../dev/servers/index.ts";
import type { NatsFiles } from "../../config/files.ts";
import { NatsLink } from "../../seams/nats/link.ts";
import { eventually } from "../helper.ts";
import { createOperator, nkeys } from "../support/nats-jwt.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith("nats-server");
const LOGIN = { user: "starling", password: "hunter2@/:%," };
const ACCESS = "starling:hunter2%40%2F%3A%25%2C@";
const TOKEN = "t0ken-of-hunter2";

describe("NATS with users and TLS", () => {
  const [user, stranger, operator] = [nkeys.createUser(), nkeys.createUser(), createOperator()];
  const files = useServer(async () => {
    const folder = await temporaryFolder("starling-certificates-");
    const write = async (name: string, content: string | Uint8Array) => {
      const path = join(folder.path, name);
      await writeFile(path, content);
      return path;
    };
    return {
      certificates: await createCertificates(folder.path),
      seed: await write("seed", user.getSeed()),
      strangersSeed: await write("strangers-seed", stranger.getSeed()),
      creds: await write("user.creds", operator.creds),
      strangersCreds: await write("strangers.creds", operator.strangersCreds),
      rotating: await write("rotating", stranger.getSeed()),
      write,
      stop: () => folder.remove(),
    };
  });
  const withUser = useServer(() => startNats({ login: LOGIN, tls: files().certificates }));
  const withToken = useServer(() =>
    startNats({ settings: `authorization { token: "${TOKEN}" }`, client: { token: TOKEN } }),
  );
  const withNkey = useServer(() =>
    startNats({
      settings: `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`,
      client: { authenticator: nkeyAuthenticator(user.getSeed()) },
    }),
  );
  const withJwt = useServer(() =>
    startNats({
      settings: operator.settings,
      client: { authenticator: credsAuthenticator(Buffer.from(operator.creds)) },
    }),
  );
  const withCertificate = useServer(() => {
    const { server, client, ca } = files().certificates;
    return startNats({
      settings: `tls { cert_file: "${server.cert}", key_file: "${server.key}", ca_file: "${ca}", verify: true }`,
      client: { tls: { caFile: ca, certFile: client.cert, keyFile: client.key } },
    });
  });

  const opened: NatsLink[] = [];
  const [logged, warned]: [string[], string[]] = [[], []];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((link) => link.close()));
    logged.length = warned.length = 0;
  });

  function open(url: string, paths: NatsFiles = {}): NatsLink {
    const error = (...parts: unknown[]) => void logged.push(parts.join(" "));
    const warn = (...parts: unknown[]) => void warned.push(parts.join(" "));
    const ignore = () => undefined;
    const link = new NatsLink(url, "test", { error, warn, info: ignore, debug: ignore }, paths);
    opened.push(link);
    void link.open();
    return link;
  }

  const at = ({ port }: { port: number }, access = "", scheme = "nats") => `${scheme}://${access}127.0.0.1:${port}`;
  const ca = () => files().certificates.ca;

  async function expectIn(link: NatsLink): Promise<void> {
    await eventually(() => link.connection.flush());
    expect([link.refusal, logged]).toEqual([null, []]);
  }

  async function expectRefused(link: NatsLink, why: RegExp): Promise<void> {
    await eventually(() => expect(link.refusal).toMatch(why));
    expect(() => link.connection).toThrow("NATS can't be reached");
    // It was tried several times by now, but the log is not flooded.
    expect(logged).toEqual([expect.stringMatching(why)]);
    expect(logged.join()).not.toMatch(/hunter2|wrong/);
  }

  it("takes a user and password over TLS", async () => {
    await expectIn(open(at(withUser(), ACCESS, "tls"), { ca: ca() }));
    // The file alone asks for TLS too.
    await expectIn(open(at(withUser(), ACCESS), { ca: ca() }));
  });

  it.each([
    ["a wrong password", "starling:wrong@"],
    ["an unknown user", "nobody:wrong@"],
    ["a token instead", "wrong@"],
    ["no user", ""],
  ])("refuses %s, and the log names the variable", async (_what, access) => {
    await expectRefused(open(at(withUser(), access, "tls"), { ca: ca() }), /^NATS_URL: NATS refuses /);
  });

  it("takes a token", async () => {
    await expectIn(open(at(withToken(), `${TOKEN}@`)));
    await expectRefused(open(at(withToken(), "wrong@")), /^NATS_URL: NATS refuses /);
  });

  it("takes an nkey from a file", async () => {
    await expectIn(open(at(withNkey()), { creds: files().seed }));
    await expectRefused(open(at(withNkey()), { creds: files().strangersSeed }), /^NATS_CREDS: NATS refuses /);
  });

  it("takes a JWT from a .creds file", async () => {
    await expectIn(open(at(withJwt()), { creds: files().creds }));
    await expectRefused(open(at(withJwt()), { creds: files().strangersCreds }), /^NATS_CREDS: NATS refuses /);
  });

  it("takes the credentials that replaced wrong ones in the file", async () => {
    const link = open(at(withNkey()), { creds: files().rotating });
    await expectRefused(link, /^NATS_CREDS: /);
    await files().write("rotating", user.getSeed());
    await eventually(() => link.connection.flush());
    expect(link.refusal).toBeNull();
  });

  it("takes a client's certificate, and demands one", async () => {
    const { cert, key } = files().certificates.client;
    await expectIn(open(at(withCertificate(), "", "tls"), { ca: ca(), cert, key }));
    open(at(withCertificate(), "", "tls"), { ca: ca() });
    await eventually(() => expect(warned).toEqual([expect.stringMatching(/can't be reached.* set NATS_CERT$/)]));
  });

  it("is refused when another authority has signed its certificate, or when it offers no TLS", async () => {
    const { otherCa } = files().certificates;
    await expectRefused(open(at(withUser(), ACCESS, "tls"), { ca: otherCa }), /^NATS_CA: .*can't be verified/);
    logged.length = 0;
    await expectRefused(open(at(withToken(), `${TOKEN}@`), { ca: ca() }), /^NATS_URL: .*does not offer TLS/);
  });

  it("stops the start when a file can't be used", async () => {
    const { certificates } = files();
    const refused = (paths: NatsFiles) => expect(() => open("nats://127.0.0.1", paths));
    refused({ creds: "/nowhere" }).toThrow(/^NATS_CREDS: the file \/nowhere can't be read/);
    refused({ creds: certificates.ca }).toThrow(/^NATS_CREDS: the file .* holds neither/);
    refused({ creds: await files().write("bad", "SUhunter2") }).toThrow(/^(?!.*hunter2)NATS_CREDS: /);
    refused({ ca: files().seed }).toThrow(/^NATS_CA: .* holds no certificates/);
    refused({ cert: certificates.client.cert, key: certificates.server.key }).toThrow(/^NATS_CERT: /);
  });
});
