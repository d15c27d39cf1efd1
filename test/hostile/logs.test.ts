// A log that anybody can write to must not be believed, and must not fill the disk.
import { expect, it } from "@jest/globals";
import { createApi, sendAsIs } from "../helper.ts";
import { useTarget } from "../support/target.ts";

const target = useTarget({ LOG_LEVEL: "debug", RATE_LIMIT_SCALE: "1000" });

const FORGED = "\n[2026-11-27T00:00:00.000Z] WARN  node/BROKER: forged \u001b[31m\u009b1m\u2028\u202e";
/** A line of the log, of a stack trace in it, or of the texts that the server prints at its start. */
const LINE =
  /^(?:\[[\dTZ:.-]+\] (?:DEBUG|INFO|WARN) |Starling |Built the web client| {2}(?:services|store|lists|messages) |Debugger|$)/;

it("has no line and no control of a client's, and no stack for its mistakes", async () => {
  const { alice } = await target.cast("alice");
  const before = target.output().length;
  const encoded = encodeURIComponent(FORGED);
  await target.underAttack(async () => {
    const api = createApi(target.url);
    for (const path of [
      `/user/${encoded}`,
      `/tweet/${encoded}`,
      `/user/${encoded}/followers`,
      `/${encoded}`,
      `/users?q=${encoded}`,
    ]) {
      for (const headers of [{}, { accept: "text/html" }])
        expect((await api.get(path, headers)).status).toBeLessThan(500);
    }
    await alice.api.put(`/user/${encoded}/follow`);
    await alice.api.delete(`/sessions/${encoded}`);
    await alice.api.post("/notifications/read", { upTo: FORGED });
    await alice.api.patch("/user", { avatar: FORGED });
    await alice.api.post("/tweet", { text: "x", media: [FORGED], [FORGED]: FORGED });
    await api.post("/auth/login", { username: FORGED, password: FORGED });
    await alice.api.post("/push/subscription", { endpoint: FORGED, keys: { p256dh: FORGED, auth: FORGED } });
    for (const name of ["X-Request-ID", "X-Correlation-ID", "User-Agent", "Referer", "X-Forwarded-For"]) {
      await sendAsIs(target.url, "GET", "/user/nobody", { [name]: "\u009b31m\u0085 forged ".repeat(100) });
    }
  });
  const lines = target.output().slice(before).split("\n");
  expect(lines.some((line) => line.includes("There is no user"))).toBe(true);
  expect(lines.filter((line) => !LINE.test(line))).toEqual([]);
  // eslint-disable-next-line no-control-regex
  expect(target.output()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
});

it.each([
  ["a trace", true, "4bf92f3577b34da6a3ce929d0e0e4736"],
  ["a proxy", true, "2f1acc6c-8f4e-4c9a-9d0e-0e47364bf92f"],
  ["64 characters", true, "x".repeat(64)],
  ["65 characters", false, "x".repeat(65)],
  ["8000 characters", false, "x".repeat(8000)],
  ["two words", false, "a b"],
  ["markup", false, "<script>"],
  ["other signs", false, "a:b"],
  ["a control of C1", false, "a\u009b31m"],
])("the request id of %s is kept: %s", async (_, kept, id) => {
  const reply = await sendAsIs(target.url, "GET", "/health/live", { "X-Request-ID": id });
  const given = reply.headers.get("x-request-id");
  expect(given).toMatch(/^[\w-]{1,64}$/);
  expect(given === id).toBe(kept);
});
