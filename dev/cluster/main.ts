// `npm run cluster`: see `USAGE`.
import { parseOptions, reportError, untilSignalled, UsageError } from "../../lib/command.ts";
import { ServerMissingError, ServerStartError } from "../servers/index.ts";
import { PortTakenError } from "../servers/ports.ts";
import type { BalancerKind } from "./balancer/balancer.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { followLogs } from "./logs.ts";
import type { ClusterNode } from "./node.ts";
import { KINDS, type NodeCounts, parseCounts, PlanError, planNodes } from "./plan.ts";
import { describeCluster } from "./table.ts";

const USAGE = `Starts a whole cluster on this machine, without Docker: a replica set of three mongod, Redis, NATS with JetStream, two
gateways behind a load balancer, and two nodes of every service, each in its own process. Ctrl-C ends all of them and
removes their data.

  npm run cluster -- [options]

  --nodes KIND=N,…      the number of nodes of a kind, for example timeline=3,notifier=1
                        kinds: ${KINDS.join(", ")} ("api" is a gateway)
  --port PORT           the balancer's port (3000)
  --balancer KIND       haproxy, or node for the one in this repository (default: HAProxy where it is installed)
  --restart             restarts a node that has died
  --logs NODE,…         shows the logs of these nodes only
  --quiet               shows no logs
  --help                prints this text

Settings of the environment apply to every node, for example: LOG_LEVEL=info npm run cluster
The servers are found as npm run servers -- --help describes.`;

function readArguments() {
  const { values } = parseOptions(process.argv.slice(2), {
    nodes: { type: "string", default: "" },
    port: { type: "string", default: "3000" },
    balancer: { type: "string" },
    restart: { type: "boolean", default: false },
    logs: { type: "string" },
    quiet: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port < 1 || port > 65_535) throw new UsageError("--port must be from 1 to 65535");
  const nodes = parseCounts(values.nodes);
  const { help, restart } = values;
  const shown = shownLogs(nodes, values.logs, values.quiet);
  return { help, restart, port, nodes, balancer: balancerKind(values.balancer), shown };
}

function balancerKind(kind: string | undefined): BalancerKind | undefined {
  if (kind === undefined || kind === "haproxy" || kind === "node") return kind;
  throw new UsageError("--balancer must be haproxy or node");
}

/** @returns the names of the nodes with shown logs */
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
  const began = performance.now();
  let isStopping = false;
  const died = (node: ClusterNode, how: number | NodeJS.Signals) => {
    if (isStopping) return;
    console.error(`${node.name} died (${how}). Its log: ${node.logFile}`);
    if (!restart) return;
    node.restart().then(
      () => console.error(`${node.name} runs again, as process ${node.pid}`),
      (error: Error) => console.error(`${node.name} could not be restarted: ${error.message}`),
    );
  };
  const say = (line: string) => console.error(line);
  const cluster = await startCluster({ nodes, port, balancer, say, died });
  console.log(`\n${describeCluster(cluster)}\n`);
  console.log(`Starling is ready at ${cluster.url} (${((performance.now() - began) / 1000).toFixed(0)} s)`);
  console.error("Press Ctrl-C to end the cluster.");
  const signal = await showLogsUntilSignalled(cluster, shown);
  isStopping = true;
  console.error(`${signal}: ending all processes`);
  await cluster.stop();
}

async function showLogsUntilSignalled(cluster: Cluster, shown: readonly string[]): Promise<NodeJS.Signals> {
  const end = new AbortController();
  const logs = shown.map((name) => cluster.node(name));
  const following = logs.length > 0 ? followLogs(logs, (line) => console.log(line), end.signal) : null;
  const signal = await untilSignalled();
  end.abort();
  await following;
  return signal;
}

try {
  await main();
} catch (error) {
  reportError(error, "cluster", [PlanError, ServerMissingError, ServerStartError, PortTakenError]);
  process.exitCode = 1;
}
