import { createHash } from "node:crypto";
import { nkeys as untyped } from "nats";

interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(input: Uint8Array): Uint8Array;
}

/** Makes pairs of keys. The client of NATS brings it without its types. */
export const nkeys = untyped as Record<"createOperator" | "createAccount" | "createUser", () => KeyPair>;

/** Settings of a nats-server that trusts an operator, and the content of a `.creds` file of a user that it lets in. */
export interface Operator {
  readonly settings: string;
  readonly creds: string;
  /** The content of a `.creds` file of a user whom another operator signed. */
  readonly strangersCreds: string;
}

/** Makes the JWTs that `nsc` makes: of an operator, of an account with JetStream, and of a user of that account. */
export function createOperator(): Operator {
  const { operator, account, system, creds } = sign();
  const settings = [
    `operator: ${operator}`,
    "resolver: MEMORY",
    `resolver_preload: { ${account.id}: ${account.jwt}, ${system.id}: ${system.jwt} }`,
    `system_account: ${system.id}`,
  ];
  return { settings: settings.join("\n"), creds, strangersCreds: sign().creds };
}

function sign() {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const system = nkeys.createAccount();
  const unlimited = -1;
  const limits = { subs: unlimited, data: unlimited, payload: unlimited };
  const systemJwt = jwt(operator, system, { type: "account", limits: { ...limits, conn: unlimited } });
  const accountJwt = jwt(operator, account, {
    type: "account",
    limits: {
      ...limits,
      imports: unlimited,
      exports: unlimited,
      wildcards: true,
      conn: unlimited,
      leaf: unlimited,
      mem_storage: unlimited,
      disk_storage: unlimited,
      streams: unlimited,
      consumer: unlimited,
    },
  });
  const userJwt = jwt(account, user, { type: "user", ...limits });
  const part = (name: string, content: string) => `-----BEGIN ${name}-----\n${content}\n------END ${name}------\n\n`;
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    operator: jwt(operator, operator, { type: "operator" }),
    account: { id: account.getPublicKey(), jwt: accountJwt },
    system: { id: system.getPublicKey(), jwt: systemJwt },
    creds: part("NATS USER JWT", userJwt) + part("USER NKEY SEED", seed),
  };
}

/** @returns a JWT as NATS 2 has them: signed with Ed25519, its id a hash of its claims */
function jwt(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const id = issuer.getPublicKey();
  const claims = {
    iat: Math.floor(Date.now() / 1000),
    iss: id,
    sub: subject.getPublicKey(),
    nats: { ...nats, version: 2 },
  };
  const jti = createHash("sha256").update(JSON.stringify(claims)).digest("hex");
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode({ jti, ...claims })}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString("base64url")}`;
}
