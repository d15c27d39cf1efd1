import { describe, expect, it } from "@jest/globals";
import { EPOCH, idAt, normalizeId, SnowflakeGenerator, timeOf } from "../../lib/snowflake.ts";

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

describe("SnowflakeGenerator", () => {
  it("generates ids that contain their time, 4,096 per millisecond, each larger than the last", () => {
    const ids = new SnowflakeGenerator(() => NOW, 1023);
    const given = Array.from({ length: 10_000 }, () => ids.next());
    expect(new Set(given).size).toBe(10_000);
    expect([...given].sort()).toEqual(given);
    expect(timeOf(given[0]!)).toBe(NOW);
    expect(timeOf(given[9_999]!)).toBe(NOW + 2);
    expect(given.every((id) => /^\d{19}$/.test(id) && BigInt(id) < 2n ** 63n)).toBe(true);
  });

  it("generates larger ids even after the clock was set back", () => {
    let now = NOW;
    const ids = new SnowflakeGenerator(() => now);
    const before = ids.next();
    now -= HOUR;
    expect(ids.next() > before).toBe(true);
  });

  it("follows observed ids, so that its own ids are newer even when its clock is behind", () => {
    const ahead = new SnowflakeGenerator(() => NOW + HOUR, 1);
    const behind = new SnowflakeGenerator(() => NOW, 2);
    const seen = ahead.next();
    expect(behind.next() < seen).toBe(true);
    behind.observe(seen);
    expect(behind.time()).toBe(NOW + HOUR);
    expect(behind.next() > seen).toBe(true);
  });

  it("does not follow an id from far in the future, which would spoil all later ids", () => {
    const ids = new SnowflakeGenerator(() => NOW);
    ids.observe(idAt(NOW + 400 * 24 * HOUR));
    expect(timeOf(ids.next())).toBe(NOW);
  });
});

describe("idAt and timeOf", () => {
  it("convert a time into its smallest id, and back", () => {
    expect(idAt(EPOCH)).toBe("0".repeat(19));
    expect(idAt(0)).toBe("0".repeat(19));
    expect(timeOf(idAt(NOW))).toBe(NOW);
    expect(new SnowflakeGenerator(() => NOW, 0).next()).toBe(idAt(NOW));
  });
});

describe("normalizeId", () => {
  it.each([
    ["1", "0000000000000000001"],
    ["9223372036854775807", "9223372036854775807"],
    ["9223372036854775808", null],
    ["", null],
    ["-1", null],
    ["1e3", null],
    ["12345678901234567890", null],
  ])("takes %p as %p", (text, id) => expect(normalizeId(text)).toBe(id));
});
