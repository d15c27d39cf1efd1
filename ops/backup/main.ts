// `npm run backup`: see `USAGE`.
import { mebibytes } from "../../lib/mebibytes.ts";
import { StoreUnusableError } from "../../seams/collections/collection.ts";
import { runDataCommand } from "../data-command.ts";
import { backUp } from "./backup.ts";

const USAGE = `Backs up the embedded data in one file, while the server runs or is stopped.

  npm run -s backup -- FILE      makes FILE, a tar file; gzipped if its name ends with .gz or .tgz
  npm run -s backup -- --help    prints this text

The backup has everything that the server had acknowledged when the command began: the database, and the files of all
media in it (not those in S3, MEDIA_URL). FILE must not exist. It contains password hashes and keys, so only its owner can
read it. While it is made, its folder also needs room for a copy of the database. DATA_DIR names the data, as for the
server. npm run restore brings them back.`;

await runDataCommand({
  name: "backup",
  usage: USAGE,
  flags: [],
  fileWanted: "Name one file for the backup",
  expected: [StoreUnusableError],
  work: backUp,
  report({ databaseBytes, mediaFiles, mediaBytes, missing }, { file, dataDir, hasMedia }) {
    if (missing.length > 0) {
      console.error(`Missing in ${dataDir} already, so not in the backup: the files of ${missing.length} media.`);
    }
    if (!hasMedia) console.error("Media are in S3 (MEDIA_URL) and not in this file: back up that store too.");
    console.log(
      `${file}: ${mebibytes(databaseBytes)} of database, ${mediaFiles} media files of ${mebibytes(mediaBytes)}`,
    );
  },
});
