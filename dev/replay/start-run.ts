import { randomBytes } from "node:crypto";
import { createFindings } from "./findings.ts";
import { makeFollows } from "./follows.ts";
import type { Graph } from "./graph.ts";
import { createClient, type Try } from "./http.ts";
import { countTry, createMeasures, secondsSince } from "./measure.ts";
import { createOracle } from "./oracle.ts";
import { signUpPeople } from "./people.ts";
import type { Run } from "./run.ts";

/**
 * Signs up the people of a graph and makes its follows.
 *
 * @param url the address of the API
 * @param observe called with every try, in addition to the run's own counts
 * @throws NoAnswerError
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
  const tag = randomBytes(4).toString("hex");
  const began = performance.now();
  const people = await signUpPeople(client, graph.people, tag);
  measures.signupSeconds = secondsSince(began);
  const oracle = createOracle(graph.people);
  const run: Run = { client, people, tag, oracle, measures, findings, uncertain: new Set() };
  const followsBegan = performance.now();
  await makeFollows(run, graph, concurrency);
  measures.followSeconds = secondsSince(followsBegan);
  return run;
}
