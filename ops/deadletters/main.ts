// `npm run deadletters`: see `USAGE`.
import { loadConfig } from "../../config/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import type { DeadLetter } from "../../seams/channel/channel.ts";
import { JetStreamChannel } from "../../seams/channel/jetstream.ts";
import { type Log, NotConnectedError } from "../../seams/nats/link.ts";
import { parseOptions, reportError, UsageError } from "../../lib/command.ts";

const USAGE = `Lists and resends dead letters: jobs that failed at every try, such as the fan-out of a tweet or a notification.

  npm run -s deadletters -- list            prints one line of JSON per dead letter, the oldest first
  npm run -s deadletters -- resend ID …     sends these jobs to their groups again, with a full number of tries
  npm run -s deadletters -- resend --all    sends all jobs again
  npm run -s deadletters -- --help          prints this text

NATS keeps dead letters for 30 days. NATS_URL names the server, for example nats://localhost:4222. When the jobs failed
because a part of the system was down, repair that part before you resend them.`;

const silent: Log = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

function readArguments() {
  const { values, positionals } = parseOptions(
    process.argv.slice(2),
    { all: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
    true,
  );
  const [command, ...ids] = positionals;
  if (values.help) return { command: "help" as const, ids: null };
  if (command === "list" && ids.length === 0 && !values.all) return { command: "list" as const, ids: null };
  if (command === "resend" && values.all !== ids.length > 0)
    return { command: "resend" as const, ids: values.all ? null : ids };
  throw new UsageError("The commands are list, resend ID … and resend --all");
}

async function withChannel(work: (channel: JetStreamChannel) => Promise<void>): Promise<void> {
  const { natsUrl, natsFiles, clusterSecrets, natsReplicas } = loadConfig(process.env);
  if (natsUrl === undefined) {
    throw new ConfigError(
      "NATS_URL is not set. Set it to the server with the dead letters, such as nats://localhost:4222",
    );
  }
  const channel = new JetStreamChannel({
    url: natsUrl,
    files: natsFiles,
    secrets: clusterSecrets,
    name: "deadletters",
    replicas: natsReplicas,
    takesJobs: false,
    log: silent,
  });
  await channel.open();
  try {
    await work(channel);
  } catch (error) {
    if (!(error instanceof NotConnectedError)) throw error;
    const { host } = new URL(natsUrl.split(",")[0]!);
    throw new ConfigError(`No NATS answers at ${host}. Check that it runs, and that NATS_URL is right.`);
  } finally {
    await channel.close();
  }
}

async function list(channel: JetStreamChannel): Promise<void> {
  const letters = await channel.deadLetters();
  for (const letter of letters) console.log(JSON.stringify(letter));
  console.error(`${letters.length} dead letters`);
}

/** @param ids null for all */
async function resend(channel: JetStreamChannel, ids: string[] | null): Promise<void> {
  const wanted = ids ?? (await channel.deadLetters()).map((letter: DeadLetter) => letter.id);
  let resent = 0;
  for (const id of wanted) {
    if (await channel.resend(id)) {
      resent += 1;
      console.log(`resent: ${id}`);
    } else {
      console.error(`There is no dead letter ${id}. The command list prints all ids.`);
      process.exitCode = 1;
    }
  }
  console.error(`${resent} of ${wanted.length} resent`);
}

try {
  const asked = readArguments();
  if (asked.command === "help") console.log(USAGE);
  else await withChannel((channel) => (asked.command === "list" ? list(channel) : resend(channel, asked.ids)));
} catch (error) {
  reportError(error, "deadletters", [ConfigError]);
  process.exitCode = 1;
}
