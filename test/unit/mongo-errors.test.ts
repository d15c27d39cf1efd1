import { describe, expect, it } from "@jest/globals";
import { MongoNetworkError } from "mongodb";
import { readOverBrokenLines, translateError } from "../../seams/collections/mongo-errors.ts";

/** As the driver lets it through when a member dies while it is written to. */
const brokenLine = () => Object.assign(new Error("This socket has been ended by the other party"), { code: "EPIPE" });

describe("translateError", () => {
  it.each([new MongoNetworkError("connection 5 to 10.0.0.1:27017 closed"), brokenLine()])(
    "says 'not now' where the line to MongoDB broke off: %s",
    (error) => {
      expect(translateError(error)).toMatchObject({ type: "UNAVAILABLE", code: 503 });
      expect((translateError(error) as Error).message).not.toContain("10.0.0.1");
    },
  );

  it.each([new TypeError("a bug"), null])("leaves alone what is no failure of MongoDB's: %s", (error) => {
    expect(translateError(error)).toBe(error);
  });
});

describe("readOverBrokenLines", () => {
  /** Fails as the errors say, one after the other, and then reads. */
  function reader(...errors: Error[]) {
    let reads = 0;
    const read = () => {
      const error = errors[reads++];
      return error ? Promise.reject(error) : Promise.resolve("found");
    };
    return { read, reads: () => reads };
  }

  it("reads on another line for each that is broken", async () => {
    await expect(readOverBrokenLines(reader(brokenLine(), brokenLine()).read)).resolves.toBe("found");
  });

  it("gives up in the end", async () => {
    const { read } = reader(...Array.from({ length: 100 }, brokenLine));
    await expect(readOverBrokenLines(read)).rejects.toMatchObject({ code: "EPIPE" });
  });

  it("reads once where something else is wrong: the driver has tried again then", async () => {
    const { read, reads } = reader(new MongoNetworkError("connection 5 closed"));
    await expect(readOverBrokenLines(read)).rejects.toThrow(MongoNetworkError);
    expect(reads()).toBe(1);
  });
});
