import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on a free port, tells it to the parent, and ends with the parent. */
export function report(server: Server): void {
  server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
  process.once("disconnect", () => process.exit());
}
