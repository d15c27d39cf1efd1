import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { acceptedCoding } from "../../services/gateway/encoding.ts";

const acceptedBy = (header?: string) =>
  acceptedCoding({ headers: header === undefined ? {} : { "accept-encoding": header } });

describe("the coding of an answer", () => {
  it.each([
    [undefined, null, true],
    ["", null, true],
    ["identity", null, true],
    ["gzip, deflate, br, zstd", "br", true],
    ["gzip", "gzip", true],
    ["GZIP", "gzip", true],
    ["*", "br", true],
    ["deflate", null, true],
    ["br;q=0.1, gzip;q=0.9", "gzip", true],
    ["br;q=0, gzip;q=0", null, true],
    ["gzip;q=0.000, *", "br", true],
    ["*;q=0.5, br;q=0", "gzip", true],
    ["gzip;q=0.5, identity", null, true],
    ["gzip, identity", "gzip", true],
    ["identity;q=0, gzip", "gzip", false],
    ["*;q=0, gzip", "gzip", false],
    ["identity;q=0", null, false],
    ["*;q=0", null, false],
    ["gzip;q=many", null, true],
    [`gzip${",gzip".repeat(1000)}`, null, true],
  ])("for %j is %j", (header, coding, plain) => {
    expect(acceptedBy(header)).toEqual({ coding, plain });
  });

  it("is one that the header names, or lets be", () => {
    const part = fc.tuple(
      fc.constantFrom("br", "gzip", "identity", "*", "deflate", "x"),
      fc.constantFrom("", ";q=0", ";q=1", "; q=0.3", ";Q=0.7", ";q=0.0", ";q=x", ";q"),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const header = parts.map(([name, quality]) => name + quality).join(", ");
        const { coding } = acceptedBy(header);
        const names = parts.map(([name]) => name);
        if (coding !== null) expect(names.some((name) => name === coding || name === "*")).toBe(true);
      }),
    );
  });
});
