import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { createSafeLookup, isAllowedAddress } from "../../services/notifier/push/address.ts";
import { eventually, expectInvalid, type Person, uniqueName, useStarling } from "../helper.ts";
import { type PushService, startPushService } from "../support/push.ts";
import { useServer } from "../support/servers.ts";

const starling = useStarling({ PUSH_ALLOW_LOOPBACK: "true" });
const service = useServer(() => startPushService());
const other = useServer(() => startPushService());

async function reachable(user: Person, by: PushService = service()): Promise<string> {
  const name = uniqueName("device");
  await by.subscribe(user, name);
  return name;
}

const sent = (to: string, by: PushService = service()) =>
  by.pushes(to).map(({ message, status }) => [message.body, status]);

describe("a push service that", () => {
  it.each([404, 410])("answers %i loses the subscription", async (status) => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const [gone, stays] = [await reachable(bob), await reachable(bob)];
    service().answerWith((to) => ({ status: to === gone ? status : 201 }));
    await alice.tweet("one");
    await eventually(() => expect([sent(gone), sent(stays)]).toEqual([[["one", status]], [["one", 201]]]));
    await alice.tweet("two");
    await eventually(() => expect(sent(stays)).toHaveLength(2));
    await alice.tweet("three");
    await eventually(() => expect(sent(stays)).toHaveLength(3));
    expect(sent(gone)).toEqual([["one", status]]);
  });

  it.each([429, 503])(
    "answers %i with Retry-After gets the push again, once and no earlier than asked",
    async (status) => {
      const { alice, bob } = await starling.cast("alice", "bob");
      await bob.follow(alice);
      const device = await reachable(bob);
      service().answerWith((to) =>
        to === device && sent(device).length === 0 ? { status, headers: { "retry-after": "3" } } : { status: 201 },
      );
      await alice.tweet("patience");
      await eventually(() => {
        expect(sent(device)).toEqual([
          ["patience", status],
          ["patience", 201],
        ]);
      }, 60_000);
      const [first, second] = service().pushes(device);
      expect(second!.at - first!.at).toBeGreaterThanOrEqual(3000);
      await alice.tweet("the next");
      await eventually(() => expect(sent(device)).toHaveLength(3));
    },
  );

  it("redirects is not followed", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const [device, stays] = [await reachable(bob), await reachable(bob)];
    service().answerWith((to) =>
      to === device ? { status: 307, headers: { location: `${other().url}/push/elsewhere` } } : { status: 201 },
    );
    await alice.tweet("one");
    await eventually(() => expect(sent(stays)).toHaveLength(1));
    await alice.tweet("two");
    await eventually(() => expect([sent(stays), sent(device)].map((all) => all.length)).toEqual([2, 2]));
    expect(other().requests.filter((path) => path.includes("elsewhere"))).toEqual([]);
  });

  it("dies after reading a push from a reused connection does not get that push again", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.follow(alice);
    const [device, patient] = [await reachable(bob), await reachable(bob, other())];
    service().answerWith(() => ({ status: 201 }));
    await alice.tweet("one");
    await eventually(() => expect([sent(device), sent(patient, other()).length]).toEqual([[["one", 201]], 1]));
    service().answerWith(() => "dies");
    other().answerWith(() =>
      sent(patient, other()).length === 1 ? { status: 503, headers: { "retry-after": "4" } } : { status: 201 },
    );
    await alice.tweet("two");
    await eventually(() => expect(sent(device)).toHaveLength(2));
    expect(service().pushes(device)[1]).toMatchObject({ reused: true });
    service().answerWith(() => ({ status: 201 }));
    // A push repeated after two seconds would come before the push repeated after four.
    await eventually(() => expect(sent(patient, other())).toHaveLength(3), 60_000);
    expect(sent(device).map(([body]) => body)).toEqual(["one", "two"]);
    await alice.tweet("three");
    await eventually(() => expect(sent(device).map(([body]) => body)).toEqual(["one", "two", "three"]));
  });

  it("stays silent delays no other service and gets no push twice", async () => {
    const silent = await startPushService();
    try {
      const cast = await starling.cast("alice", "bob", "carol", "dave", "erin", "frank");
      const { alice, frank, ...others } = cast;
      const devices: string[] = [];
      for (const follower of Object.values(others)) {
        await follower.follow(alice);
        for (let n = 0; n < 10; n += 1) devices.push(await reachable(follower, silent));
      }
      await frank.follow(alice);
      const franks = await reachable(frank);
      service().answerWith(() => ({ status: 201 }));
      silent.answerWith(() => null);
      await alice.tweet("to all");
      await eventually(() => expect(sent(franks)).toEqual([["to all", 201]]));
      // All requests to the silent service are still open, so frank's push did not wait until one of them timed out.
      expect(silent.open).toBe(silent.requests.length);
      silent.answerWith(() => ({ status: 201 }));
      // Pushes that were not sent during the silence come once the service answers again; none comes twice.
      await eventually(
        () => expect(devices.map((to) => sent(to, silent).length)).toEqual(devices.map(() => 1)),
        60_000,
      );
      expect(silent.pushes().some(({ status }) => status === 201)).toBe(true);
      await alice.tweet("all again");
      await eventually(() => expect(sent(devices[0]!, silent)).toHaveLength(2), 60_000);
    } finally {
      await silent.stop();
    }
  }, 120_000);
});

describe("endpoint addresses", () => {
  it("are checked at each connect, so a name that resolves to this machine is refused", async () => {
    let connections = 0;
    const server = createServer().listen(0, "127.0.0.1");
    server.on("connection", () => (connections += 1));
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connect = (allowLoopback: boolean) =>
      new Promise<string>((resolve) => {
        const req = request({ host: "localhost", port, lookup: createSafeLookup(allowLoopback) });
        req.on("socket", (socket) => socket.once("connect", () => (req.destroy(), resolve("connected"))));
        req.on("error", ({ name }) => resolve(name));
        req.end();
      });
    expect(await connect(false)).toBe("ForbiddenAddressError");
    expect(connections).toBe(0);
    expect(await connect(true)).toBe("connected");
    server.close();
    server.closeAllConnections();
  });

  it.each([
    ["93.184.215.14", true],
    ["2606:4700::1111", true],
    ["127.0.0.1", false],
    ["10.1.2.3", false],
    ["100.127.255.255", false],
    ["169.254.169.254", false],
    ["172.31.255.255", false],
    ["192.168.0.1", false],
    ["198.19.0.1", false],
    ["239.1.1.1", false],
    ["255.255.255.255", false],
    ["0.0.0.0", false],
    ["::", false],
    ["::1", false],
    ["::ffff:127.0.0.1", false],
    ["::ffff:93.184.215.14", false],
    ["64:ff9b::7f00:1", false],
    ["2002:7f00:1::", false],
    ["2001:0:7f00:1::", false],
    ["fe80::1", false],
    ["fd00::1", false],
    ["ff02::1", false],
  ])("%s may be connected to: %s", (address, allowed) => {
    expect(isAllowedAddress(address, false)).toBe(allowed);
  });
});

describe("without PUSH_ALLOW_LOOPBACK", () => {
  const strict = useStarling({ PUSH_ALLOW_LOOPBACK: "false" });

  it.each([
    "http://127.0.0.1:8080/x",
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://[::1]/x",
    "https://2130706433/x",
  ])("refuses %s", async (endpoint) => {
    const { alice } = await strict.cast("alice");
    const { keys } = service().browser("any");
    expectInvalid(await alice.api.post("/push/subscription", { endpoint, keys }), "endpoint");
  });
});
