// `npm run cluster`: see `USAGE`.
import { parseArgs } from "node:util";
import { ServerMissingError, ServerStartError } from "../servers/index.ts";
import { PortTakenError } from "../servers/ports.ts";
import type { BalancerKind } from "./balancer/balancer.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { followLogs } from "./logs.ts";
import type { ClusterNode } from "./node.ts";
import { KINDS, type NodeCounts, parseCounts, PlanError, planNodes } from "./plan.ts";
import { describeCluster } from "./table.ts";

const USAGE = `Starts a whole cluster on this machine, without Docker: three mongod as a replica set, Redis, NATS with JetStream, two
gateways behind a load balancer, and two nodes of every service, each in a process of its own. Ctrl-C stops all of it and
removes its data.

  npm run cluster -- [options]

  --nodes KIND=N,…      how many nodes of a kind, for example timeline=3,notifier=1
                        kinds: ${KINDS.join(", ")} ("api" is a gateway)
  --port PORT           where the balancer listens (3000)
  --balancer KIND       haproxy, or node for one of this repository (HAProxy where it is installed)
  --restart             starts a node again that has ended by itself
  --logs NODE,…         shows the logs of these nodes alone
  --quiet               shows no logs
  --help                this text

Settings of the environment reach every node: LOG_LEVEL=info npm run cluster. The servers are found as
npm run servers -- --help says.`;

/** Somebody asked for what there is not; the message says so. */
class UsageError extends Error {}

function readArguments() {
  const { values } = parseArgs({
    options: {
      nodes: { type: "string", default: "" },
      port: { type: "string", default: "3000" },
      balancer: { type: "string" },
      restart: { type: "boolean", default: false },
      logs: { type: "string" },
      quiet: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port < 1 || port > 65_535) throw new UsageError("--port is a number up to 65535");
  const nodes = parseCounts(values.nodes);
  const { help, restart } = values;
  const shown = shownLogs(nodes, values.logs, values.quiet);
  return { help, restart, port, nodes, balancer: balancerKind(values.balancer), shown };
}

function balancerKind(kind: string | undefined): BalancerKind | undefined {
  if (kind === undefined || kind === "haproxy" || kind === "node") return kind;
  throw new UsageError("--balancer is haproxy or node");
}

/** @returns the names of the nodes whose logs are shown */
function shownLogs(counts: NodeCounts, wanted: string | undefined, quiet: boolean): string[] {
  const names = planNodes(counts).map(({ name }) => name);
  if (quiet) return [];
  const shown = wanted?.split(",").filter(Boolean) ?? names;
  const unknown = shown.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`There is no node "${unknown}": ${names.join(", ")}`);
  return shown;
}

async function main(): Promise<void> {
  const { help, port, nodes, balancer, restart, shown } = readArguments();
  if (help) return console.log(USAGE);
  const started = performance.now();
  let stopping = false;
  const died = (node: ClusterNode, how: number | NodeJS.Signals) => {
    if (stopping) return;
    console.error(`${node.name} has ended by itself (${how}); its log: ${node.logFile}`);
    if (!restart) return;
    node.restart().then(
      () => console.error(`${node.name} runs again, as process ${node.pid}`),
      (error: Error) => console.error(`${node.name} can't be started again: ${error.message}`),
    );
  };
  const cluster = await startCluster({
    nodes,
    port,
    balancer,
    say: (line) => console.error(line),
    died,
  });
  console.log(`\n${describeCluster(cluster)}\n`);
  console.log(`Starling is ready at ${cluster.url} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  console.error("It runs until Ctrl-C.");
  const signal = await untilSignal(cluster, shown);
  stopping = true;
  console.error(`${signal}: stopping all of it`);
  await cluster.stop();
}

/** Shows logs until this process is to end. */
async function untilSignal(cluster: Cluster, shown: readonly string[]): Promise<NodeJS.Signals> {
  const end = new AbortController();
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    for (const each of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(each, resolve);
  });
  const following =
    shown.length > 0
      ? followLogs(
          shown.map((name) => cluster.node(name)),
          (line) => console.log(line),
          end.signal,
        )
      : null;
  const signal = await signalled;
  end.abort();
  await following;
  return signal;
}

try {
  await main();
} catch (error) {
  if (!isExpected(error)) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}

/** Whether the message says all that whoever started this needs to know. */
function isExpected(error: unknown): boolean {
  const kinds = [UsageError, PlanError, ServerMissingError, ServerStartError, PortTakenError];
  const isParseError = String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
  return isParseError || kinds.some((kind) => error instanceof kind);
}
