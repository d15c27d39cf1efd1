import { isSealed, Seal, SealError } from "./seal.ts";

/** Encodes what nodes store in JetStream, sealed if there is a secret. */
export interface BusCodec {
  /** @param subject where it is stored; it can be decoded for the same subject alone */
  encode(value: unknown, subject: string): Uint8Array;
  /** @throws SealError when it is not sealed with one of the secrets; SyntaxError when it is not JSON */
  decode(data: Uint8Array, subject: string): unknown;
}

/** @param secrets as in `CLUSTER_SECRET`; with none, values are plain JSON */
export function createBusCodec(secrets: readonly string[]): BusCodec {
  const seal = secrets.length > 0 ? new Seal(secrets) : null;
  return {
    encode(value, subject) {
      const json = Buffer.from(JSON.stringify(value));
      return seal ? seal.seal(json, subject) : json;
    },
    decode(data, subject) {
      if (!seal && isSealed(data))
        throw new SealError("it is sealed, but this node has no CLUSTER_SECRET. Set the same on all nodes");
      const json = seal ? seal.open(data, subject).content : Buffer.from(data);
      return JSON.parse(json.toString()) as unknown;
    },
  };
}
