import { describe, expect, it, jest } from "@jest/globals";
import { MongoNetworkError } from "mongodb";
import { mongoRefusalOf, readOverFailedMembers, translateError } from "../../seams/collections/mongo-errors.ts";

/** An error that the driver passes on when a member dies during a write. */
const brokenLine = () => Object.assign(new Error("This socket has been ended by the other party"), { code: "EPIPE" });

describe("translateError", () => {
  it.each([new MongoNetworkError("connection 5 to 10.0.0.1:27017 closed"), brokenLine()])(
    "reports a broken connection to MongoDB as unavailability: %s",
    (error) => {
      expect(translateError(error)).toMatchObject({ type: "UNAVAILABLE", code: 503 });
      expect((translateError(error) as Error).message).not.toContain("10.0.0.1");
    },
  );

  it.each([new TypeError("a bug"), null])("leaves errors that are not from MongoDB unchanged: %s", (error) => {
    expect(translateError(error)).toBe(error);
  });
});

describe("readOverFailedMembers", () => {
  /** Fails with the errors, one after the other, and then succeeds. */
  function reader(...errors: Error[]) {
    let reads = 0;
    const read = () => {
      const error = errors[reads++];
      return error ? Promise.reject(error) : Promise.resolve("found");
    };
    return { read, reads: () => reads };
  }

  it("retries on another connection for each broken one", async () => {
    await expect(readOverFailedMembers(reader(brokenLine(), brokenLine()).read)).resolves.toBe("found");
  });

  it("gives up in the end", async () => {
    const { read } = reader(...Array.from({ length: 100 }, brokenLine));
    await expect(readOverFailedMembers(read)).rejects.toMatchObject({ code: "EPIPE" });
  });

  it("retries on another member for each one that fails", async () => {
    const failed = () => new MongoNetworkError("connection 5 closed");
    await expect(readOverFailedMembers(reader(failed(), failed()).read)).resolves.toBe("found");
  });

  it("retries after a member hung until the driver noticed, but not past the deadline", async () => {
    const now = jest.spyOn(performance, "now");
    const failsAt = (ms: number) => {
      const read = () => {
        if (performance.now() > 0) return Promise.resolve("found");
        now.mockReturnValue(ms);
        return Promise.reject(new MongoNetworkError("connection 5 closed"));
      };
      now.mockReturnValue(0);
      return readOverFailedMembers(read);
    };
    await expect(failsAt(3500)).resolves.toBe("found");
    await expect(failsAt(4900)).rejects.toThrow(MongoNetworkError);
    now.mockRestore();
  });

  it("does not retry where only one member may answer, because the driver has done so", async () => {
    const { read, reads } = reader(new MongoNetworkError("connection 5 closed"));
    await expect(readOverFailedMembers(read, false)).rejects.toThrow(MongoNetworkError);
    expect(reads()).toBe(1);
  });

  it("does not retry other errors", async () => {
    const { read, reads } = reader(new TypeError("a bug"));
    await expect(readOverFailedMembers(read)).rejects.toThrow(TypeError);
    expect(reads()).toBe(1);
  });
});

it("finds no refusal where an operation only waited too long for a connection", () => {
  expect([mongoRefusalOf(undefined), mongoRefusalOf(brokenLine())]).toEqual([null, null]);
});
