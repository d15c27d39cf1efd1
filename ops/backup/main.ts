// `npm run backup`: see `USAGE`.
import { ConfigError } from "../../lib/errors.ts";
import { parseOptions, reportError, UsageError } from "../../lib/command.ts";
import { StoreUnusableError } from "../../seams/collections/collection.ts";
import { PRIVATE_UMASK } from "../../seams/files/private.ts";
import { mebibytes } from "../../lib/mebibytes.ts";
import { OperatorError } from "../operator-error.ts";
import { createProgress } from "../progress.ts";
import { embeddedSettings, explain, pathOf } from "../settings.ts";
import { backUp } from "./backup.ts";

const USAGE = `Backs up the embedded data in one file, while the server runs or is stopped.

  npm run -s backup -- FILE      makes FILE, a tar file; gzipped if its name ends with .gz or .tgz
  npm run -s backup -- --help    prints this text

The backup has everything that the server had acknowledged when the command began: the database, and the files of all
media in it (not those in S3, MEDIA_URL). FILE must not exist. It contains password hashes and keys, so only its owner can
read it. While it is made, its folder also needs room for a copy of the database. DATA_DIR names the data, as for the
server. npm run restore brings them back.`;

function readArguments(): string | null {
  const { values, positionals } = parseOptions(
    process.argv.slice(2),
    { help: { type: "boolean", default: false } },
    true,
  );
  if (values.help) return null;
  if (positionals.length !== 1) throw new UsageError("Name one file for the backup");
  return pathOf(positionals[0]!);
}

async function main(): Promise<void> {
  const file = readArguments();
  if (file === null) {
    console.log(USAGE);
    return;
  }
  const { dataDir, mediaUrl } = embeddedSettings();
  process.umask(PRIVATE_UMASK);
  const progress = createProgress();
  try {
    const { databaseBytes, mediaFiles, mediaBytes, missing } = await backUp({
      dataDir,
      file,
      hasMedia: mediaUrl === undefined,
      progress,
    });
    progress.end();
    if (missing.length > 0) {
      console.error(`Missing in ${dataDir} already, so not in the backup: the files of ${missing.length} media.`);
    }
    if (mediaUrl !== undefined)
      console.error("Media are in S3 (MEDIA_URL) and not in this file: back up that store too.");
    console.log(
      `${file}: ${mebibytes(databaseBytes)} of database, ${mediaFiles} media files of ${mebibytes(mediaBytes)}`,
    );
  } finally {
    progress.end();
  }
}

try {
  await main();
} catch (error) {
  reportError(explain(error), "backup", [ConfigError, OperatorError, StoreUnusableError]);
  process.exitCode = 1;
}
