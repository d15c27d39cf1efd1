import { describe, expect, it } from "@jest/globals";
import { MongoNetworkError } from "mongodb";
import { translateError } from "../../mixins/store/mongo-errors.ts";

describe("translateError", () => {
  it.each([
    new MongoNetworkError("connection 5 to 10.0.0.1:27017 closed"),
    // As the driver lets it through when a member dies while it is written to.
    Object.assign(new Error("This socket has been ended by the other party"), { code: "EPIPE" }),
  ])("says 'not now' where the line to MongoDB broke off: %s", (error) => {
    expect(translateError(error)).toMatchObject({ type: "UNAVAILABLE", code: 503 });
    expect((translateError(error) as Error).message).not.toContain("10.0.0.1");
  });

  it.each([new TypeError("a bug"), null])("leaves alone what is no failure of MongoDB's: %s", (error) => {
    expect(translateError(error)).toBe(error);
  });
});
