import { afterEach, expect, it } from "@jest/globals";
import { type Cluster, startCluster } from "../../dev/cluster/cluster.ts";
import { SERVER_NAMES } from "../../dev/servers/index.ts";
import { closeAllLive, connectLive, createApi, createCast, eventually, type Live, type Tweet } from "../helper.ts";
import { describeWith, useServer } from "../support/servers.ts";

const describe = await describeWith(...SERVER_NAMES);
/** The fewest possible nodes: more would behave the same. */
const SMALL = { users: 0, graph: 0, tweets: 1, timeline: 1, notifier: 1, media: 0 };

describe("a cluster", () => {
  const cluster = useServer(() =>
    startCluster({ nodes: SMALL, balancer: "node", env: { RATE_LIMIT_SCALE: "1000000" } }),
  );
  afterEach(closeAllLive);

  it("takes a tweet at one gateway and shows it at the other, in the feed and live", async () => {
    const [one, other] = cluster().gateways;
    const { alice, bob } = await createCast(one!.url, "alice", "bob");
    await createApi(other!.url, bob.token).put(`/user/${alice.username}/follow`);
    const live = await connectLive(other!.url, bob.token);
    const { id } = await alice.tweet("from one to the other");
    await eventually(() => expect(live.tweets.map((tweet) => tweet.id)).toEqual([id]));
    await eventually(async () => {
      const feed = await createApi(other!.url, bob.token).get<{ tweets: Tweet[] }>("/feed");
      expect(feed.body.tweets.map((tweet) => tweet.id)).toEqual([id]);
    });
  });

  it("loses a gateway, and clients reconnect through the other one", async () => {
    const { alice, bob } = await createCast(cluster().url, "alice", "bob");
    await bob.follow(alice);
    const live = await connectLive(cluster().url, bob.token, { reconnection: true, reconnectionDelay: 50 });
    const gateway = gatewayOf(cluster(), live);
    const back = new Promise<void>((resolve) => live.socket.once("connect", () => resolve()));
    await gateway.kill("SIGKILL");
    try {
      await back;
      // No request fails, because the balancer skips a gateway that refuses connections.
      for (let n = 0; n < 10; n += 1) await alice.tweet(`tweet ${n}`);
      await eventually(() => expect(live.tweets).toHaveLength(10));
      expect(gatewayOf(cluster(), live)).not.toBe(gateway);
    } finally {
      await gateway.restart();
    }
  });

  it("restarts its gateways one after the other without one failed request", async () => {
    const { alice } = await createCast(cluster().url, "alice");
    let restarting = true;
    const restart = cluster()
      .rollingRestart(cluster().gateways)
      .finally(() => (restarting = false));
    let tweets = 0;
    // `tweet` checks that its request succeeds.
    while (restarting) await alice.tweet(`tweet ${(tweets += 1)}`);
    await restart;
    const { body } = await alice.api.get<{ user: { tweetsCount: number } }>("/user");
    expect(body.user.tweetsCount).toBe(tweets);
  });
});

/** @returns the gateway that holds a connection: the connection's id ends with its name */
function gatewayOf({ gateways }: Cluster, { socket }: Live) {
  const { id } = socket.io.engine as unknown as { id: string };
  const gateway = gateways.find(({ name }) => id.endsWith(`.${name}`));
  if (!gateway) throw new Error(`${id} ends with no gateway's name`);
  return gateway;
}
