import { createFindings, type Findings } from "./findings.ts";
import type { Graph } from "./graph.ts";
import { type Client, createClient, type Try } from "./http.ts";
import { countTry, createMeasures, type Measures, secondsSince } from "./measure.ts";
import { createOracle, type Oracle } from "./oracle.ts";
import { makeFollows, newTag, type Person, signUpPeople } from "./people.ts";

/** What the parts of a run share. */
export interface Run {
  readonly client: Client;
  readonly people: readonly Person[];
  /** Begins every key, so that it is this run's alone. */
  readonly tag: string;
  readonly oracle: Oracle;
  readonly measures: Measures;
  readonly findings: Findings;
  /**
   * Pairs (`follower,followee`) with a try that got no answer: it may still be carried out at any time, so nothing more
   * is asked for them.
   */
  readonly uncertain: Set<string>;
}

/**
 * Signs up the people of a graph and makes its follows.
 *
 * @param url where the API is
 * @param observe is told of every try, beside what is counted
 */
export async function startRun(
  url: string,
  graph: Graph,
  concurrency: number,
  observe: (tried: Try) => void = () => undefined,
): Promise<Run> {
  const measures = createMeasures();
  const findings = createFindings();
  const client = createClient(url, (tried) => {
    countTry(measures, findings, tried);
    observe(tried);
  });
  const tag = newTag();
  const began = performance.now();
  const people = await signUpPeople(client, graph.people, tag);
  measures.signupSeconds = secondsSince(began);
  const oracle = createOracle(graph.people);
  const run = { client, people, tag, oracle, measures, findings, uncertain: new Set<string>() };
  const followsBegan = performance.now();
  await makeFollows(run, graph, concurrency);
  measures.followSeconds = secondsSince(followsBegan);
  return run;
}
