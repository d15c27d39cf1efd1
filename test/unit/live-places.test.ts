import { describe, expect, it } from "@jest/globals";
import { createPlaces, type Place } from "../../services/live/engine/places.ts";

/** Reserves until it is refused. @returns the places and the refusal */
function reserveAll(reserve: () => Place): { taken: Place[]; refusal: unknown } {
  const taken: Place[] = [];
  try {
    for (;;) taken.push(reserve());
  } catch (refusal) {
    return { taken, refusal };
  }
}

describe("the places of a node", () => {
  it("are as many as set, and come back", () => {
    const places = createPlaces({ maxConnections: 10_000, socketsLimit: 10, rateLimitScale: 1 });
    let address = 0;
    const reserve = () => places.reserve(`10.0.0.${address++}`);
    const { taken, refusal } = reserveAll(reserve);
    expect(taken).toHaveLength(10);
    expect(refusal).toMatchObject({ code: 503, type: "NODE_FULL" });
    taken[0]!.leave();
    taken[0]!.leave();
    expect(reserveAll(reserve).taken).toHaveLength(1);
  });

  it("leave an eighth of the node's connections to requests", () => {
    const places = createPlaces({ maxConnections: 80, socketsLimit: 1000, rateLimitScale: 1 });
    let address = 0;
    const { taken, refusal } = reserveAll(() => places.reserve(`10.0.0.${address++}`));
    expect(taken).toHaveLength(70);
    expect(refusal).toMatchObject({ code: 503, type: "NODE_FULL" });
  });

  it("are limited by address, for those who have not joined and for those without a login", () => {
    const places = createPlaces({ maxConnections: 10_000, socketsLimit: 10_000, rateLimitScale: 0.1 });
    const { taken, refusal } = reserveAll(() => places.reserve("10.0.0.1"));
    expect(taken).toHaveLength(10);
    expect(refusal).toMatchObject({ code: 429, type: "TOO_MANY_CONNECTIONS" });
    const anonymous = reserveAll(() => {
      const place = places.reserve("10.0.0.2");
      try {
        place.join(true);
      } catch (error) {
        place.leave();
        throw error;
      }
      return place;
    });
    expect(anonymous.taken).toHaveLength(50);
    expect(anonymous.refusal).toMatchObject({ code: 429, type: "TOO_MANY_CONNECTIONS" });
    // With a login there is room.
    places.reserve("10.0.0.2").join(false);
    for (const place of taken) place.leave();
    expect(reserveAll(() => places.reserve("10.0.0.1")).taken).toHaveLength(10);
  });

  it("are given out at a limited rate, and not while the node shuts down", () => {
    const places = createPlaces({ maxConnections: 50_000, socketsLimit: 20_000, rateLimitScale: 1_000_000 });
    const { taken, refusal } = reserveAll(() => places.reserve("10.0.0.1"));
    expect(taken.length).toBeLessThan(2000);
    expect(refusal).toMatchObject({
      code: 503,
      type: "NODE_BUSY",
      data: { headers: { "Retry-After": expect.stringMatching(/^\d+$/) } },
    });
    places.close();
    expect(() => places.reserve("10.0.0.1")).toThrow("shutting down");
  });
});
