import { ReplayGuard } from "./replay-guard.ts";
import { isSealed, Seal, SealError } from "./seal.ts";

/** Encodes what nodes send each other over NATS, sealed if there is a secret. */
export interface BusCodec {
  /** @param subject where it is sent; it can be decoded for the same subject alone */
  encode(value: unknown, subject: string): Uint8Array;
  /** @throws SealError when it is not sealed with one of the secrets; SyntaxError when it is not JSON */
  decode(data: Uint8Array, subject: string): unknown;
}

/**
 * @param secrets as in `CLUSTER_SECRET`; with none, values are plain JSON
 * @param options.once whether a sealed value is refused when it comes again, or late: not for values in JetStream, which
 *   are delivered until they are done
 */
export function createBusCodec(secrets: readonly string[], { once = false } = {}): BusCodec {
  const seal = secrets.length > 0 ? new Seal(secrets) : null;
  const guard = once ? new ReplayGuard() : null;

  function open(sealed: Seal, data: Uint8Array, subject: string): Buffer {
    const opened = sealed.open(data, subject);
    const fault = guard?.check(opened) ?? null;
    if (fault !== null) throw new SealError(fault);
    return opened.content;
  }

  return {
    encode(value, subject) {
      // JSON has no undefined.
      const json = Buffer.from(JSON.stringify(value ?? null));
      return seal ? seal.seal(json, subject) : json;
    },
    decode(data, subject) {
      if (!seal && isSealed(data))
        throw new SealError("it is sealed, but this node has no CLUSTER_SECRET. Set the same on all nodes");
      const json = seal ? open(seal, data, subject) : Buffer.from(data);
      return JSON.parse(json.toString()) as unknown;
    },
  };
}
