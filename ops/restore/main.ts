// `npm run restore`: see `USAGE`.
import { mebibytes } from "../../lib/mebibytes.ts";
import { StoreUnusableError } from "../../seams/collections/collection.ts";
import { DataFolderError } from "../../seams/collections/data-folder.ts";
import { ArchiveError } from "../archive/format.ts";
import { runDataCommand } from "../data-command.ts";
import { OperatorError } from "../operator-error.ts";
import { restore } from "./restore.ts";

const USAGE = `Brings back embedded data from a file that npm run backup has made. The server must be stopped.

  npm run -s restore -- FILE              restores into DATA_DIR, which must have no data
  npm run -s restore -- FILE --replace    puts the data there aside first, in DATA_DIR/replaced-DATE
  npm run -s restore -- --help            prints this text

The file is unpacked and checked completely before anything in DATA_DIR changes, so DATA_DIR needs room for both. If the
command is interrupted, DATA_DIR has the old data, or the next start completes the restore.`;

await runDataCommand({
  name: "restore",
  usage: USAGE,
  flags: ["replace"],
  fileWanted: "Name one file of a backup",
  expected: [DataFolderError],
  work: ({ file, flags, dataDir, hasMedia, progress }) =>
    restore({ file, replace: flags.replace, dataDir, hasMedia, progress }).catch((error: unknown) => {
      const isBad = error instanceof ArchiveError || error instanceof StoreUnusableError;
      throw isBad ? new OperatorError(`${file} can't be restored: ${error.message}. Nothing was changed.`) : error;
    }),
  report({ createdAt, databaseBytes, mediaFiles, aside, missing }, { dataDir }) {
    console.log(
      `${dataDir} has the data of ${createdAt}: ${mebibytes(databaseBytes)} of database, ${mediaFiles} media files.`,
    );
    if (missing > 0) console.error(`The files of ${missing} media are not in the backup.`);
    if (aside !== null) console.log(`The data before are in ${aside}. Remove that folder once you don't need them.`);
  },
});
