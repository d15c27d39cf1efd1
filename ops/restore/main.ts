// `npm run restore`: see `USAGE`.
import { parseOptions, reportError, UsageError } from "../../lib/command.ts";
import { ConfigError } from "../../lib/errors.ts";
import { mebibytes } from "../../lib/mebibytes.ts";
import { StoreUnusableError } from "../../seams/collections/collection.ts";
import { DataFolderError } from "../../seams/collections/data-folder.ts";
import { PRIVATE_UMASK } from "../../seams/files/private.ts";
import { ArchiveError } from "../archive/format.ts";
import { OperatorError } from "../operator-error.ts";
import { createProgress } from "../progress.ts";
import { embeddedSettings, explain, pathOf } from "../settings.ts";
import { restore } from "./restore.ts";

const USAGE = `Brings back embedded data from a file that npm run backup has made. The server must be stopped.

  npm run -s restore -- FILE              restores into DATA_DIR, which must have no data
  npm run -s restore -- FILE --replace    puts the data there aside first, in DATA_DIR/replaced-DATE
  npm run -s restore -- --help            prints this text

The file is unpacked and checked completely before anything in DATA_DIR changes, so DATA_DIR needs room for both. If the
command is interrupted, DATA_DIR has the old data, or the next start completes the restore.`;

function readArguments(): { file: string; replace: boolean } | null {
  const { values, positionals } = parseOptions(
    process.argv.slice(2),
    { replace: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    true,
  );
  if (values.help) return null;
  if (positionals.length !== 1) throw new UsageError("Name one file of a backup");
  return { file: pathOf(positionals[0]!), replace: values.replace };
}

async function main(): Promise<void> {
  const wanted = readArguments();
  if (wanted === null) {
    console.log(USAGE);
    return;
  }
  const { dataDir, mediaUrl } = embeddedSettings();
  process.umask(PRIVATE_UMASK);
  const progress = createProgress();
  try {
    const restored = await restore({ ...wanted, dataDir, hasMedia: mediaUrl === undefined, progress });
    progress.end();
    const { createdAt, databaseBytes, mediaFiles, aside, missing } = restored;
    console.log(
      `${dataDir} has the data of ${createdAt}: ${mebibytes(databaseBytes)} of database, ${mediaFiles} media files.`,
    );
    if (missing > 0) console.error(`The files of ${missing} media are not in the backup.`);
    if (aside !== null) console.log(`The data before are in ${aside}. Remove that folder once you don't need them.`);
  } catch (error) {
    progress.end();
    const isBad = error instanceof ArchiveError || error instanceof StoreUnusableError;
    throw isBad ? new OperatorError(`${wanted.file} can't be restored: ${error.message}. Nothing was changed.`) : error;
  }
}

try {
  await main();
} catch (error) {
  reportError(explain(error), "restore", [ConfigError, DataFolderError, OperatorError]);
  process.exitCode = 1;
}
