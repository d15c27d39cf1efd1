// Loaded into a server by `--import`: records how the embedded store answers its queries, in the file of QUERIES_FILE.
import { subscribe } from "node:diagnostics_channel";
import { appendFileSync } from "node:fs";

subscribe("starling:sqlite:query", (message) => {
  appendFileSync(process.env["QUERIES_FILE"]!, `${JSON.stringify(message)}\n`);
});
