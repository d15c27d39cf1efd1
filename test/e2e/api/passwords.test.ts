import { randomBytes } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { expectProblem, logInAgain, PASSWORD, type Person, type Session, useStarling } from "../../helper.ts";

const starling = useStarling();

const NEW_PASSWORD = "another horse battery";
/** Concurrent logins: more than are checked at once, so that some have read the old hash and wait. */
const AT_ONCE = 8;

const logIn = (who: Person, password: string) =>
  starling.api.post<Session>("/auth/login", { username: who.username, password });
const change = (who: Person, password: string) => who.api.post("/user/password", { current: PASSWORD, password });
const isAlive = async (token: string) =>
  (await starling.api.get("/feed", { authorization: `Bearer ${token}` })).status === 200;

describe("POST /user/password", () => {
  it("changes the password and ends the other sessions", async () => {
    const { alice } = await starling.cast("alice");
    const phone = await logInAgain(alice);
    expect((await change(alice, NEW_PASSWORD)).status).toBe(204);
    expectProblem(await logIn(alice, PASSWORD), 401, "WRONG_CREDENTIALS");
    expect((await logIn(alice, NEW_PASSWORD)).status).toBe(200);
    expect([await isAlive(alice.token), await isAlive(phone.token)]).toEqual([true, false]);
  });

  it("ends sessions of logins that were in progress with the old password", async () => {
    const { alice } = await starling.cast("alice");
    const tokens: string[] = [];
    /** Logs in with the old password until the server refuses it. */
    const intrude = async () => {
      for (;;) {
        const reply = await logIn(alice, PASSWORD);
        if (reply.status !== 200) return expectProblem(reply, 401, "WRONG_CREDENTIALS");
        tokens.push(reply.body.token);
      }
    };
    const intruders = Array.from({ length: AT_ONCE }, intrude);
    expect((await change(alice, NEW_PASSWORD)).status).toBe(204);
    await Promise.all(intruders);
    expect(tokens.length).toBeGreaterThan(0);
    const alive = await Promise.all(tokens.map(isAlive));
    expect(alive.filter(Boolean)).toEqual([]);
    expect(await isAlive(alice.token)).toBe(true);
  });

  it("succeeds once when several requests with the same old password compete", async () => {
    const { alice } = await starling.cast("alice");
    const devices = [alice, await logInAgain(alice), await logInAgain(alice)];
    const wanted = devices.map(() => randomBytes(8).toString("hex"));
    const replies = await Promise.all(devices.map((device, n) => change(device, wanted[n]!)));
    // The other requests are refused, or arrive after their session has ended.
    expect(replies.filter(({ status }) => status === 204)).toHaveLength(1);
    const logins = await Promise.all(wanted.map((password) => logIn(alice, password)));
    expect(logins.map(({ status }) => status === 200)).toEqual(replies.map(({ status }) => status === 204));
  });
});
