import { forEachAtOnce } from "./for-each-at-once.ts";
import type { Graph } from "./graph.ts";
import type { Person } from "./people.ts";
import { showProgress } from "./progress.ts";
import type { Run } from "./run.ts";

/** Makes all follows of the graph, and records each in the oracle. */
export async function makeFollows(
  { client, people, oracle, uncertain }: Pick<Run, "client" | "people" | "oracle" | "uncertain">,
  graph: Graph,
  concurrency: number,
): Promise<void> {
  const progress = showProgress("Making follows", graph.follows.length);
  await forEachAtOnce(graph.follows, concurrency, async ([follower, followee]) => {
    const sentAt = performance.now();
    const { failedTries } = await client.ask(followRequest("PUT", people[follower]!, people[followee]!));
    if (failedTries > 0) uncertain.add(`${follower},${followee}`);
    oracle.followed(follower, followee, { sentAt, acknowledgedAt: performance.now() });
    progress.done();
  });
  progress.end();
}

/** The request that makes one person follow (PUT) or unfollow (DELETE) another. Safe to repeat. */
export function followRequest(method: "PUT" | "DELETE", follower: Person, followee: Person) {
  return { method, path: `/user/${followee.username}/follow`, token: follower.token, wanted: [200] };
}
