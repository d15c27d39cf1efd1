// `npm run deadletters`: see `USAGE`.
import { parseArgs } from "node:util";
import { loadConfig } from "../../config/config.ts";
import { ConfigError, messageOf } from "../../lib/errors.ts";
import type { DeadLetter } from "../../seams/channel/channel.ts";
import { JetStreamChannel } from "../../seams/channel/jetstream.ts";
import { type Log, NotConnectedError } from "../../seams/nats/link.ts";

const USAGE = `Dead letters: jobs that failed for good, such as the fan-out of a tweet or a notification.

  npm run -s deadletters -- list            one line of JSON for each, the oldest first
  npm run -s deadletters -- resend ID …     sends these to their groups once more, with all their tries
  npm run -s deadletters -- resend --all    all of them
  npm run -s deadletters -- --help          this text

They are kept in NATS for 30 days; NATS_URL says where that is. When a part of the system was down, mend it first and
send them again then.`;

/** Somebody asked for what there is not; the message says so. */
class UsageError extends Error {}

const silent: Log = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { all: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  const [command, ...ids] = positionals;
  if (values.help) return { command: "help" as const, ids: null };
  if (command === "list" && ids.length === 0 && !values.all) return { command: "list" as const, ids: null };
  if (command === "resend" && values.all !== ids.length > 0)
    return { command: "resend" as const, ids: values.all ? null : ids };
  throw new UsageError(`Say what to do:\n\n${USAGE}`);
}

async function withChannel(work: (channel: JetStreamChannel) => Promise<void>): Promise<void> {
  const { natsUrl, natsReplicas } = loadConfig(process.env);
  if (natsUrl === undefined) {
    throw new UsageError("NATS_URL is not set: it says where the dead letters are, for example nats://localhost:4222");
  }
  const channel = new JetStreamChannel({
    url: natsUrl,
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
    throw new UsageError(
      `No NATS answers at ${new URL(natsUrl.split(",")[0]!).host}. Is it up, and is NATS_URL right?`,
    );
  } finally {
    await channel.close();
  }
}

async function list(channel: JetStreamChannel): Promise<void> {
  const letters = await channel.deadLetters();
  for (const letter of letters) console.log(JSON.stringify(letter));
  console.error(`${letters.length} dead letters`);
}

/** @param ids which ones; null for all */
async function resend(channel: JetStreamChannel, ids: string[] | null): Promise<void> {
  const wanted = ids ?? (await channel.deadLetters()).map((letter: DeadLetter) => letter.id);
  for (const id of wanted) {
    if (await channel.resend(id)) console.log(`sent again: ${id}`);
    else {
      console.error(`There is no dead letter ${id}`);
      process.exitCode = 1;
    }
  }
  console.error(`${wanted.length} done`);
}

try {
  const asked = readArguments();
  if (asked.command === "help") console.log(USAGE);
  else await withChannel((channel) => (asked.command === "list" ? list(channel) : resend(channel, asked.ids)));
} catch (error) {
  const isParseError = String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
  if (!(error instanceof UsageError) && !(error instanceof ConfigError) && !isParseError) throw error;
  console.error(messageOf(error));
  process.exitCode = 1;
}
