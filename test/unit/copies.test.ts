import { describe, expect, it, jest } from "@jest/globals";
import { Copies } from "../../seams/leases/copies.ts";

describe("copies under a lease", () => {
  const now = jest.spyOn(performance, "now");

  function create({ isReached = () => true }: { isReached?: () => boolean } = {}) {
    now.mockReturnValue(10_000);
    return new Copies<{ name: string }>({ max: 100, leaseMs: 1000, isReached });
  }

  const alice = { name: "Alice" };

  it("are used until the lease is over, which began with the question", () => {
    const copies = create();
    copies.keep("1", alice, 9_500);
    now.mockReturnValue(10_499);
    expect(copies.get("1")).toBe(alice);
    now.mockReturnValue(10_500);
    expect(copies.get("1")).toBeUndefined();
  });

  it("are not kept when the answer took longer than the lease", () => {
    const copies = create();
    copies.keep("1", alice, 9_000);
    expect(copies.get("1")).toBeUndefined();
  });

  it("are forgotten when the value has changed, and so are answers to earlier questions", () => {
    const copies = create();
    copies.keep("1", alice, 10_000);
    copies.forget(["1"]);
    expect(copies.get("1")).toBeUndefined();
    copies.keep("1", alice, 9_999);
    copies.keep("1", alice, 10_000);
    expect(copies.get("1")).toBeUndefined();
    now.mockReturnValue(10_001);
    copies.keep("1", { name: "Alicia" }, 10_001);
    expect(copies.get("1")).toEqual({ name: "Alicia" });
  });

  it("are not used while this node does not hear of changes", () => {
    let isReached = true;
    const copies = create({ isReached: () => isReached });
    copies.keep("1", alice, 10_000);
    isReached = false;
    expect(copies.get("1")).toBeUndefined();
  });
});
