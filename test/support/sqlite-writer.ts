// A process that writes to an embedded collection until it is killed: `node sqlite-writer.ts FOLDER NAME`. Prints a line
// for each request that the collection acknowledged, `inserted ID`, `changed ID` or `removed ID`, and `removing ID` before
// a removal.
import { writeSync } from "node:fs";
import { openSqlite } from "../../seams/collections/sqlite/open.ts";
import { SQLITE_SPEC, type Thing } from "./sqlite-things.ts";

/** Requests at once: several share a transaction. */
const WRITERS = 8;

const [folder, name] = process.argv.slice(2) as [string, string];
/** Writes at once, not when the event loop has time, so that a kill afterwards finds the line written. */
function say(line: string): void {
  for (let left = Buffer.from(`${line}\n`); left.length > 0;) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      // The reader is slower.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
  }
}

const things = openSqlite(folder).collection<Thing>(SQLITE_SPEC);
await things.connect();
await Promise.all(
  Array.from({ length: WRITERS }, async (_, writer) => {
    for (let n = 0; ; n += 1) {
      const _id = `${name}-${writer}-${n}`;
      await things.insert({ _id, key: `key of ${_id}`, size: 0, tags: ["all", `writer ${writer}`] });
      say(`inserted ${_id}`);
      await things.updateById(_id, { $inc: { size: 1 } });
      say(`changed ${_id}`);
      if (n % 3 > 0) continue;
      say(`removing ${_id}`);
      await things.removeById(_id);
      say(`removed ${_id}`);
    }
  }),
);
