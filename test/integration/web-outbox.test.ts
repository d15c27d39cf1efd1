import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bundleClient } from "../support/client-code.ts";
import {
  type Attachment,
  type Client,
  createWorld,
  type Entry,
  fileOf,
  type Mode,
  type World,
} from "../support/client-world.ts";

/*
 * The client's own code of the drafts and the outbox, in several windows of one browser, does what random people do to it.
 * Whatever they typed must be on the server, or where its author finds it again.
 */

const PEOPLE = ["Ada", "Ben"];
const RUNS = 150;
/** The same runs each time. `OUTBOX_SEED=N` tries others. */
const SEED = Number(process.env["OUTBOX_SEED"] ?? 12);
/** More than the longest wait between two tries of an unsent tweet. */
const LONG_MS = 120_000;
/** More than the browser takes to store a file. */
const STORED_MS = 8;
let script: string;

beforeAll(async () => {
  script = await bundleClient();
});

type Command =
  | { do: "open" | "log out" | "end sessions" | "lose a file" }
  | { do: "close" | "reload"; window: number; gently: boolean }
  | { do: "write"; window: number; mark: string }
  | { do: "pick"; window: number; readMs: number; isStuck: boolean }
  | { do: "send"; window: number; ms: number }
  | { do: "edit refused" | "discard" | "edit draft" | "delete draft" | "copy"; window: number }
  | { do: "log in"; window: number; person: string }
  | { do: "server"; mode: Mode }
  | { do: "wait"; ms: number };

const window = fc.nat(2);
const ms = fc.constantFrom(0, 4, 12, 40, 400, 5000);
/** The server refuses a text with "bad", and fails at each one with "broken". */
const mark = fc.constantFrom("", "", "", "bad", "bad", "broken");
const mode = fc.constantFrom<Mode>(
  "fine",
  "offline",
  "answers are lost",
  "fails",
  "fails after storing",
  "uploads fail",
);
const person = fc.constantFrom(...PEOPLE);
const one = <Name extends string>(...names: Name[]) => fc.constantFrom(...names);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: one("write"), window, mark }) },
  { weight: 5, arbitrary: fc.record({ do: one("send"), window, ms }) },
  { weight: 2, arbitrary: fc.record({ do: one("pick"), window, readMs: ms, isStuck: fc.nat(3).map((n) => n === 0) }) },
  { weight: 4, arbitrary: fc.record({ do: one("edit refused", "edit draft"), window }) },
  { weight: 2, arbitrary: fc.record({ do: one("wait"), ms }) },
  { weight: 2, arbitrary: fc.record({ do: one("server"), mode }) },
  { weight: 2, arbitrary: fc.record({ do: one("close", "reload"), window, gently: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: one("open", "log out", "end sessions", "lose a file") }) },
  { weight: 2, arbitrary: fc.record({ do: one("log in"), window, person }) },
  { weight: 1, arbitrary: fc.record({ do: one("discard", "delete draft", "copy"), window }) },
);

/** What was typed: each word begins with its author's name. */
interface Typed {
  count: number;
  /** The words that must be found again. */
  words: Set<string>;
  thrownAway: Set<string>;
  files: Attachment[];
}

const wordsIn = (text: string) => text.match(/\w+\d+/g) ?? [];
const entriesOf = ({ outbox, me }: Client) => outbox.value.filter(({ userId }) => userId === me.value?.id);

/** All words that a person finds in a window. */
function wordsAt(client: Client): string[] {
  const texts = [client.draft.value, ...client.otherDrafts.value, ...entriesOf(client)].map(({ text }) => text);
  const alts = [client.draft.value, ...entriesOf(client)].flatMap(({ attachments }) =>
    attachments.map(({ alt }) => alt),
  );
  return [...texts, ...alts].flatMap(wordsIn);
}

async function run(world: World, typed: Typed, step: Command): Promise<void> {
  if (step.do === "open") {
    if (world.windows().length < 3) world.open();
    return;
  }
  if (step.do === "wait") return world.advance(step.ms);
  if (step.do === "server") return void (world.server.mode = step.mode);
  if (step.do === "end sessions") return world.endSessions();
  if (step.do === "lose a file") {
    for (const { file } of typed.files) file.isLost = true;
    return;
  }
  const index = "window" in step ? step.window : 0;
  const at = world.windows()[index % world.windows().length];
  if (!at) return void world.open();
  const { client } = at;
  const { draft, me } = client;
  const userId = me.value?.id;
  if (step.do === "close") return at.close(step.gently);
  if (step.do === "reload") return void at.reload(step.gently);
  if (step.do === "copy") {
    world.copy(at);
    // The windows settle at once which of them keeps the draft. Before, an edit would make two drafts of it.
    return world.advance(10);
  }
  if (step.do === "log in") {
    if (!userId) world.logIn(at, step.person);
    // The other windows hear of it within milliseconds, in which nobody sends anything.
    return world.advance(10);
  }
  if (!userId) return;
  const throwAway = (...texts: string[]) => {
    for (const word of texts.flatMap(wordsIn)) {
      typed.words.delete(word);
      typed.thrownAway.add(word);
    }
  };
  const newWord = () => `${userId}${typed.count++}`;
  switch (step.do) {
    case "write": {
      const word = newWord();
      client.editDraft({ text: `${draft.value.text.replace(/bad|broken/, "")} ${step.mark} ${word}` });
      typed.words.add(word);
      return;
    }
    case "pick": {
      const { id } = draft.value;
      const word = newWord();
      const file = fileOf(word, step.isStuck);
      const added: Attachment = { id: word, file, name: word, kind: "image", alt: word };
      typed.files.push(added);
      const done = client.countReading();
      // Reading takes time, in which the window may come to show another draft.
      world.later(step.readMs, () => {
        if (!world.windows().includes(at)) return;
        void client.addToDraft(id, userId, added).then(() => {
          done();
          if (draft.value.id === id) client.uploaded(added).catch(() => undefined);
        });
        // A file is lost if its window is closed before the browser has stored it.
        world.later(STORED_MS, () => {
          if (world.windows().includes(at) && !typed.thrownAway.has(word)) typed.words.add(word);
        });
      });
      return;
    }
    case "send":
      if ((draft.value.text !== "" || draft.value.attachments.length > 0) && client.readingFiles.value === 0)
        client.sendDraft();
      return world.advance(step.ms);
    case "edit refused": {
      const refused = entriesOf(client).find(({ refusal }) => refusal !== "");
      if (refused) client.takeBack(refused);
      return;
    }
    case "discard": {
      const [entry] = entriesOf(client);
      if (!entry) return;
      throwAway(entry.text, ...entry.attachments.map(({ alt }) => alt));
      return client.discard(entry);
    }
    case "edit draft": {
      const [other] = client.otherDrafts.value;
      if (other) client.showDraft(other.id);
      return;
    }
    case "delete draft": {
      const [other] = client.otherDrafts.value;
      if (!other || other.files > 0) return;
      throwAway(other.text);
      client.removeDraft(other.id);
      return client.refreshDrafts();
    }
    case "log out":
      return world.logOut(at);
  }
}

/** No window and no tweet of one person holds a word of another. */
function expectPrivate(world: World): void {
  for (const { client } of world.windows()) expectWordsOf(client.me.value?.id, wordsAt(client));
  for (const { userId, text } of world.published()) expectWordsOf(userId, wordsIn(text));
}

function expectWordsOf(person: string | undefined, words: string[]): void {
  expect(words.filter((word) => !person || !word.startsWith(person))).toEqual([]);
}

/** With everything working again, each person logs in and finds what they typed; the rest is on the server, once. */
async function expectNothingLost(world: World, { words }: Typed): Promise<void> {
  world.server.mode = "fine";
  for (const { client } of world.windows()) await Promise.all([client.refreshSession(), world.advance(100)]);
  for (const person of PEOPLE) {
    const [first = world.open()] = world.windows();
    world.logOut(first);
    await world.advance(1000);
    world.logIn(first, person);
    // As at each reconnection: a window takes over what one that has crashed could not send.
    for (const { client } of world.windows()) void client.openOutbox();
    await world.advance(LONG_MS);
    const found = new Set<string>();
    for (const { client } of world.windows()) {
      client.refreshDrafts();
      for (const word of wordsAt(client)) found.add(word);
      for (const { id } of client.otherDrafts.value) {
        client.showDraft(id);
        await world.advance(100);
        for (const word of wordsAt(client)) found.add(word);
      }
    }
    const sent = world.published().flatMap(({ text }) => wordsIn(text));
    const isLost = (word: string) => word.startsWith(person) && !found.has(word) && !sent.includes(word);
    expect([...words].filter(isLost)).toEqual([]);
    expect(sent.filter((word, index) => sent.indexOf(word) !== index)).toEqual([]);
    const waiting = world.windows().flatMap(({ client }) => entriesOf(client).filter(({ refusal }) => refusal === ""));
    const isBroken = ({ text, attachments }: Entry) =>
      text.includes("broken") || attachments.some(({ file }) => file.isStuck);
    expect(waiting.filter((entry) => !isBroken(entry))).toEqual([]);
    expectPrivate(world);
  }
}

describe("the drafts and the outbox of the web client", () => {
  it("lose no word, send nothing twice, hold up nothing and show nothing to others, whatever happens", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 40, size: "max" }), async (commands) => {
        const world = createWorld(script);
        const typed: Typed = { count: 0, words: new Set(), thrownAway: new Set(), files: [] };
        const first = world.open();
        world.logIn(first, "Ada");
        for (const step of commands) {
          await run(world, typed, step);
          expectPrivate(world);
        }
        await expectNothingLost(world, typed);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
