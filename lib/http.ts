import type * as Http from "node:http";

/*
 * What the product uses of node:http. An `import` of the module itself reads all of its exports, WebSocket among them,
 * for which Node.js loads its whole HTTP client: a tenth of a start, for nothing that a node uses.
 */
export const { Agent, createServer, request, ServerResponse, STATUS_CODES } = process.getBuiltinModule("node:http");
export type ServerResponse = Http.ServerResponse<Http.IncomingMessage>;
