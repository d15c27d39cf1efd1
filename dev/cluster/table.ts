import type { Cluster } from "./cluster.ts";

/** @returns a table of all processes: name, services, process id, address and log */
export function describeCluster({ balancer, nodes, mongo, redis, nats }: Cluster): string {
  const servers = [
    ...mongo.members.map((member, index) => ({ ...serverRow(member), name: `mongod-${index + 1}`, what: "MongoDB" })),
    { ...serverRow(redis), name: "redis", what: "Redis" },
    { ...serverRow(nats), name: "nats", what: "NATS, JetStream" },
  ];
  const rows = [
    { name: "NODE", what: "SERVICES", pid: "PID", where: "AT", log: "LOG" },
    ...nodes.map((node) => ({
      name: node.name,
      what: node.services.join(" "),
      pid: `${node.pid}`,
      where: node.url,
      log: node.logFile,
    })),
    {
      name: "balancer",
      what: balancer.kind === "haproxy" ? "HAProxy" : "http-proxy-3",
      pid: `${balancer.pid}`,
      where: balancer.url,
      log: balancer.logFile,
    },
    ...servers,
  ];
  const columns = ["name", "what", "pid", "where", "log"] as const;
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      columns
        .map((column, index) => row[column].padEnd(widths[index]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function serverRow({ pid, port, folder }: { pid: number; port: number; folder: string }) {
  return { pid: `${pid}`, where: `127.0.0.1:${port}`, log: `${folder}/log` };
}
