import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";

/**
 * A sealed message: this byte, the id of the sending process, a counter, the time, the tag, and the encrypted content.
 * Unsealed messages are JSON and begin with a brace.
 */
const MARK = 0x01;
const ID_BYTES = 16;
const COUNTER_AT = 1 + ID_BYTES;
const TIME_AT = COUNTER_AT + 6;
const TAG_AT = TIME_AT + 6;
const TAG_BYTES = 16;
const CONTENT_AT = TAG_AT + TAG_BYTES;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
/** The most keys of other processes that are remembered: far more than there are nodes. */
const KEYS_LIMIT = 1000;

/** A message that was not sealed with one of our secrets; the message says why. */
export class SealError extends Error {
  override name = "SealError";
}

/** An opened message. */
export interface Opened {
  content: Buffer;
  /** The id of the sending process, as text. */
  sender: string;
  /** The number of the message among those of its sender. */
  counter: number;
  /** When it was sealed, in milliseconds since 1970, by the clock of the sender. */
  sentAt: number;
}

/** Encrypts and signs messages (AES-256-GCM), so that only holders of the secret can read or make them. */
export class Seal {
  readonly #secrets: readonly string[];
  /** Each process has a key of its own, made from the secret and its id: so no nonce is ever used twice with a key. */
  readonly #id = randomBytes(ID_BYTES);
  readonly #key: Buffer;
  readonly #keys = new LRUCache<string, Buffer>({ max: KEYS_LIMIT });
  #counter = 0;

  /** @param secrets messages are sealed with the first, and opened with any; at least one */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#key = keyOf(secrets[0]!, this.#id);
  }

  /** @param context what the message is for; it must be opened with the same */
  seal(content: Uint8Array, context: string): Buffer {
    const head = Buffer.allocUnsafe(CONTENT_AT);
    head[0] = MARK;
    this.#id.copy(head, 1);
    head.writeUIntBE(++this.#counter, COUNTER_AT, 6);
    head.writeUIntBE(Date.now(), TIME_AT, 6);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonceOf(head));
    cipher.setAAD(boundTo(head, context));
    const encrypted = cipher.update(content);
    cipher.final();
    cipher.getAuthTag().copy(head, TAG_AT);
    return Buffer.concat([head, encrypted]);
  }

  /** @throws SealError */
  open(sealed: Uint8Array, context: string): Opened {
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    if (!isSealed(bytes))
      throw new SealError("it is not sealed: its sender has no CLUSTER_SECRET. Set the same on all nodes");
    const id = bytes.subarray(1, COUNTER_AT);
    const sender = id.toString("latin1");
    const known = this.#keys.get(sender);
    const keys = known ? [known] : this.#secrets.map((secret) => keyOf(secret, id));
    for (const key of keys) {
      const content = decrypt(bytes, key, context);
      if (content === null) continue;
      if (!known) this.#keys.set(sender, key);
      return { content, sender, counter: bytes.readUIntBE(COUNTER_AT, 6), sentAt: bytes.readUIntBE(TIME_AT, 6) };
    }
    throw new SealError(
      "it is sealed with another CLUSTER_SECRET, or was changed on its way. Set the same on all nodes",
    );
  }
}

/** Whether a message is sealed, with any secret. */
export function isSealed(message: Uint8Array): boolean {
  return message[0] === MARK && message.length >= CONTENT_AT;
}

function keyOf(secret: string, id: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, id, "starling cluster 1", KEY_BYTES));
}

/** @returns the counter, filled up with zeros */
function nonceOf(head: Buffer): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  head.copy(nonce, NONCE_BYTES - 6, COUNTER_AT, TIME_AT);
  return nonce;
}

/** The time and the context, which are signed but not encrypted. The key and the nonce stand for the rest of the head. */
function boundTo(head: Buffer, context: string): Buffer {
  return Buffer.concat([head.subarray(TIME_AT, TAG_AT), Buffer.from(context)]);
}

function decrypt(bytes: Buffer, key: Buffer, context: string): Buffer | null {
  const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(bytes));
  decipher.setAAD(boundTo(bytes, context));
  decipher.setAuthTag(bytes.subarray(TAG_AT, CONTENT_AT));
  const content = decipher.update(bytes.subarray(CONTENT_AT));
  try {
    decipher.final();
    return content;
  } catch {
    // The tag does not fit. Node.js has no own class or code for that.
    return null;
  }
}
