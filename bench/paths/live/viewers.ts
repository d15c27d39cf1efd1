import { forEachAtOnce } from "../../../dev/replay/for-each-at-once.ts";
import type { Person } from "../../../dev/replay/people.ts";
import { type Crowd, startCrowd } from "../../load/crowd.ts";
import { startEmbedded } from "../embedded/system.ts";
import type { Stage } from "../path.ts";
import { signUpAll, until } from "../people.ts";
import { startBare } from "../start-bare.ts";

const FOLLOWS_AT_ONCE = 4;
/** Slower than the 200 a second that a node takes. */
export const OPEN_PER_SECOND = 180;
const LOOK_EVERY_MS = 250;
const OPEN_LIMIT_MS = 180_000;

export interface AudienceSize {
  readonly authors: number;
  /** Each follows one author, in turn. */
  readonly viewers: number;
  readonly sockets: number;
}

/** One side: a server with its live connections. */
export interface LiveSide {
  readonly url: string;
  readonly pid: number;
  /** The authors' tokens. */
  readonly authors: readonly string[];
  readonly crowd: Crowd;
}

/**
 * Starts an embedded server and a bare socket.io with the same audience. Viewers don't ask for notifications, because
 * the bare side sends none.
 */
export async function gatherViewers(stage: Stage, size: AudienceSize): Promise<{ ours: LiveSide; bare: LiveSide }> {
  const { client, url, processes } = await startEmbedded(stage);
  const authors = await signUpAll(client, "author", size.authors);
  const viewers = await signUpAll(client, "viewer", size.viewers);
  await forEachAtOnce(viewers.entries(), FOLLOWS_AT_ONCE, async ([n, { token }]) => {
    const path = `/user/${authors[n % authors.length]!.username}/follow`;
    await client.ask({ method: "PUT", path, token, body: { notify: false }, wanted: [200] });
  });
  const order = { path: "/tweet", token: authors[0]!.token, body: { text: "A tweet, to see how one looks." } };
  const { body: tweet } = await client.ask<object>({ method: "POST", ...order, wanted: [201] });
  const rooms = Object.fromEntries(viewers.map(({ username }, n) => [username, authors[n % authors.length]!.username]));
  const bare = await startBare("socket-io", { rooms, tweet }, stage);
  const ours = {
    url,
    pid: processes["server"]![0]!,
    authors: authors.map(({ token }) => token),
    crowd: await connect(stage, url, viewers, ({ token }) => token, size.sockets),
  };
  const byName = ({ username }: Person) => username;
  const crowd = await connect(stage, bare.url, viewers, byName, size.sockets);
  return { ours, bare: { url: bare.url, pid: bare.pid, authors: authors.map(byName), crowd } };
}

async function connect(
  { onEnd, say }: Stage,
  url: string,
  viewers: readonly Person[],
  tokenOf: (viewer: Person) => string,
  sockets: number,
): Promise<Crowd> {
  say(`opening ${sockets} connections`);
  const crowd = startCrowd();
  onEnd(() => crowd.stop());
  await crowd.open({ url, tokens: viewers.map(tokenOf), sockets, perSecond: OPEN_PER_SECOND });
  const areOpen = async () => (await crowd.count()).back === sockets;
  await until(areOpen, "The connections never opened.", { everyMs: LOOK_EVERY_MS, limitMs: OPEN_LIMIT_MS });
  return crowd;
}
