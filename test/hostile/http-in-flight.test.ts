// Requests that are begun and not finished: one address, and one user, may have so many at a time.
import { beforeAll, expect, test } from "@jest/globals";
import { createApi, eventually, expectProblem, type Person } from "../helper.ts";
import { openRaw, type RawConnection } from "../support/connection.ts";
import { useTarget } from "../support/target.ts";

// Requests come from where the proxy says, so that the flood does not come from the bystander's address.
const target = useTarget({ TRUST_PROXY: "1" }, { descriptors: 2000 });

/** The documented bounds. */
const PER_ADDRESS = 256;
const PER_USER = 128;
/** Requests beyond a bound. */
const MORE = 5;

let people: Person[];
let mallory: Person;
beforeAll(async () => {
  const cast = await target.cast("alice", "bob", "carol", "mallory");
  people = [cast.alice, cast.bob, cast.carol];
  ({ mallory } = cast);
});

const at = (address: string) => ({ "x-forwarded-for": address });

/** Begins a tweet, and leaves the last byte out. */
async function begin(who: Person, address: string): Promise<RawConnection> {
  const connection = await openRaw(target.url);
  connection.write(
    `POST /tweet HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\nAuthorization: Bearer ${who.token}\r\n` +
      "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{",
  );
  return connection;
}

/** Waits for the refusals of those beyond the bound. @returns those who still have no answer */
async function expectRefused(connections: RawConnection[], bound: number): Promise<RawConnection[]> {
  const answered = () => connections.filter((connection) => connection.statuses().length > 0);
  await eventually(() => expect(answered().length).toBe(connections.length - bound));
  for (const connection of answered()) {
    expect(connection.statuses()).toEqual([429]);
    expect(connection.received()).toMatch(/\r\nRetry-After: [123]\r\n/);
    expect(connection.received()).toMatch(/"code":"TOO_MANY_AT_ONCE"/);
  }
  return connections.filter((connection) => connection.statuses().length === 0);
}

/** Sends the last byte of requests. An empty tweet is refused. */
async function finish(connections: RawConnection[]): Promise<void> {
  for (const connection of connections) connection.write("}");
  await eventually(() => {
    const statuses = connections.flatMap((connection) => connection.statuses());
    expect(statuses).toEqual(connections.map(() => 422));
  });
}

test("of one address, until they are answered", async () => {
  const address = "198.51.100.1";
  const connections = await target.underAttack(
    async () => {
      const begun = await Promise.all(
        Array.from({ length: PER_ADDRESS + MORE }, (_, n) => begin(people[n % people.length]!, address)),
      );
      const working = await expectRefused(begun, PER_ADDRESS);
      const { api } = people[0]!;
      expectProblem(await api.get("/feed", at(address)), 429, "TOO_MANY_AT_ONCE");
      // The user is welcome elsewhere, and so are health checks from anywhere.
      expect((await api.get("/feed", at("198.51.100.2"))).status).toBe(200);
      expect((await api.get("/health/ready", at(address))).status).toBe(200);
      await finish(working);
      expect((await api.get("/feed", at(address))).status).toBe(200);
      return begun;
    },
    { descriptors: PER_ADDRESS + MORE + 10 },
  );
  for (const connection of connections) connection.end();
});

test("of one user, until they are answered", async () => {
  const connections = await target.underAttack(
    async () => {
      const begun = await Promise.all(
        Array.from({ length: PER_USER + MORE }, (_, n) => begin(mallory, `198.51.100.${10 + (n % 2)}`)),
      );
      const working = await expectRefused(begun, PER_USER);
      const feed = (who: Person) => createApi(target.url, who.token).get("/feed", at("198.51.100.10"));
      expectProblem(await feed(mallory), 429, "TOO_MANY_AT_ONCE");
      expect((await feed(people[0]!)).status).toBe(200);
      await finish(working);
      expect((await feed(mallory)).status).toBe(200);
      return begun;
    },
    { descriptors: PER_USER + MORE + 10 },
  );
  for (const connection of connections) connection.end();
});

test("of clients that have left count no more", async () => {
  const address = "198.51.100.3";
  await target.underAttack(async () => {
    const begun = await Promise.all(
      Array.from({ length: PER_ADDRESS + MORE }, (_, n) => begin(people[n % people.length]!, address)),
    );
    await expectRefused(begun, PER_ADDRESS);
    for (const connection of begun) connection.end();
    await eventually(async () => expect((await people[0]!.api.get("/feed", at(address))).status).toBe(200));
  });
});
