import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { findChromium } from "../dev/chromium.ts";
import { createClient } from "../dev/replay/http.ts";
import { temporaryFolder } from "../dev/servers/guard.ts";
import { freePort } from "../dev/servers/ports.ts";
import { startGuarded, type StartedServer } from "../dev/start.ts";
import { quantile } from "./load/measures.ts";
import { foundTown, until } from "./paths/people.ts";
import { slowWorkers } from "./slow-workers.ts";

const ROUNDS = 7;
const TOWN = { authors: 5, readers: 1, tweetsEach: 12 };
const TYPED = "typed";
/** A load that takes longer has failed. */
const LIMIT_MS = 30_000;

/** How much slower the browser runs than on this machine. */
const CPU_SLOWDOWN = 4;
/**
 * Slow 4G as Lighthouse and the developer tools emulate it in the browser: 1.6 Mbit/s down and 750 kbit/s up times 0.9,
 * and 150 ms times 3.75 for each request, which stands for the round trips of a new connection.
 */
const SLOW_4G = {
  offline: false,
  latency: 150 * 3.75,
  downloadThroughput: (1.6e6 * 0.9) / 8,
  uploadThroughput: (750e3 * 0.9) / 8,
} as const;

/** Milliseconds from the navigation until the first tweet is painted and the composer takes text; and what was loaded. */
interface Load {
  readonly usableMs: number;
  readonly requests: number;
  readonly kilobytes: number;
}

type Kind = "cold" | "warm";
type Side = "this" | "baseline";

/** The medians of a kind of load on both sides; null without a baseline. */
export interface FirstLoadFigures {
  readonly rounds: number;
  readonly loads: readonly {
    readonly kind: Kind;
    readonly ours: Load;
    readonly baseline: Load | null;
    /** The median of the ratios of the rounds, and the smallest and the largest one. */
    readonly ratio: { readonly median: number; readonly least: number; readonly most: number } | null;
  }[];
}

/** A server with a town in it. */
interface Place {
  readonly server: StartedServer;
  readonly token: string;
}

/**
 * Measures how long the home screen of somebody with a session takes in a slow browser: with nothing stored, and with the
 * service worker and a stored timeline.
 *
 * @param baseline the folder of another version, with its client built and its packages installed
 */
export async function benchFirstLoad(say: (line: string) => void, baseline?: string): Promise<FirstLoadFigures> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error("No Chromium found: install it, or set CHROMIUM_BIN to its path.");
  const folder = await temporaryFolder("starling-bench-");
  const places = new Map<Side, Place>();
  const port = await freePort();
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", `--remote-debugging-port=${port}`] });
  try {
    places.set("this", await openPlace(join(folder.path, "this")));
    if (baseline)
      places.set("baseline", await openPlace(join(folder.path, "baseline"), join(resolve(baseline), "server.ts")));
    const found = new Map<string, Load[]>();
    for (let round = 0; round < ROUNDS; round++) {
      say(`round ${round + 1} of ${ROUNDS}`);
      const sides = [...places];
      // Who is second finds the processor's caches warm, so they change places.
      if (round % 2 === 1) sides.reverse();
      for (const [side, place] of sides) {
        for (const [kind, load] of Object.entries(await measure(browser, port, place))) {
          found.set(`${side} ${kind}`, [...(found.get(`${side} ${kind}`) ?? []), load]);
        }
      }
    }
    const kinds: Kind[] = ["cold", "warm"];
    return { rounds: ROUNDS, loads: kinds.map((kind) => compared(kind, found)) };
  } finally {
    await browser.close();
    for (const { server } of places.values()) await server.stop();
    await folder.remove();
  }
}

async function openPlace(dataFolder: string, program?: string): Promise<Place> {
  const env = { DATA_DIR: dataFolder, RATE_LIMIT_SCALE: "1000000" };
  const server = await startGuarded(env, program === undefined ? {} : { server: program });
  const client = createClient(server.url, () => undefined);
  const { readers } = await foundTown(client, TOWN);
  client.close();
  return { server, token: readers[0]!.token };
}

/** A first visit, and a second one in the same browser after the service worker was installed. */
async function measure(browser: Browser, port: number, { server, token }: Place): Promise<Record<Kind, Load>> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    await context.addCookies([{ name: "session", value: token, url: server.url, httpOnly: true, sameSite: "Lax" }]);
    const first = await context.newPage();
    const cold = await load(context, first, server.url);
    await first.evaluate("navigator.serviceWorker.ready.then(() => true)");
    await until(
      () => first.evaluate<boolean>("navigator.serviceWorker.controller !== null"),
      "The worker took no control.",
    );
    const release = await slowWorkers(port, server.url, SLOW_4G);
    try {
      return { cold, warm: await load(context, await context.newPage(), server.url) };
    } finally {
      release();
    }
  } finally {
    await context.close();
  }
}

/** Runs in the page: notes when a tweet and the composer are on screen, in the frame after the one that has them. */
const WATCH = `(() => {
  const look = () => {
    const field = document.querySelector(".composer textarea");
    if (document.querySelector(".feed .tweet-text") && field && !field.disabled) {
      requestAnimationFrame(() => setTimeout(() => { window.usableMs = performance.now(); }));
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

async function load(context: BrowserContext, page: Page, url: string): Promise<Load> {
  const tools = await context.newCDPSession(page);
  await tools.send("Network.enable");
  await tools.send("Network.emulateNetworkConditions", SLOW_4G);
  await tools.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
  let [requests, bytes] = [0, 0];
  tools.on("Network.requestWillBeSent", () => requests++);
  tools.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.addInitScript(WATCH);
  await page.goto(url, { waitUntil: "commit", timeout: LIMIT_MS });
  await until(() => page.evaluate<boolean>("window.usableMs !== undefined"), "The home screen never became usable.");
  const usableMs = await page.evaluate<number>("window.usableMs");
  const counted = { requests, kilobytes: bytes / 1000 };
  const field = page.locator(".inline-composer textarea");
  await field.pressSequentially(TYPED);
  if ((await field.inputValue()) !== TYPED) throw new Error("The composer was on screen and lost what was typed.");
  await field.fill("");
  await page.locator('html[data-live="live"]').waitFor({ timeout: LIMIT_MS });
  await tools.detach();
  return { usableMs, ...counted };
}

function compared(kind: Kind, found: ReadonlyMap<string, Load[]>): FirstLoadFigures["loads"][number] {
  const ours = found.get(`this ${kind}`)!;
  const baseline = found.get(`baseline ${kind}`);
  const ratios = baseline?.map((load, round) => ours[round]!.usableMs / load.usableMs).sort((a, b) => a - b);
  return {
    kind,
    ours: medianOf(ours),
    baseline: baseline ? medianOf(baseline) : null,
    ratio: ratios ? { median: quantile(ratios, 0.5), least: ratios[0]!, most: ratios.at(-1)! } : null,
  };
}

function medianOf(loads: readonly Load[]): Load {
  const median = (name: keyof Load) =>
    quantile(
      loads.map((load) => load[name]).sort((a, b) => a - b),
      0.5,
    );
  return { usableMs: median("usableMs"), requests: median("requests"), kilobytes: median("kilobytes") };
}

export function printFirstLoad({ rounds, loads }: FirstLoadFigures): string {
  const cells = (load: Load | null) =>
    load ? `${Math.round(load.usableMs)} ms, ${load.requests} requests, ${load.kilobytes.toFixed(1)} kB` : "-";
  return [
    `home until usable, medians of ${rounds} rounds; CPU ${CPU_SLOWDOWN} times slower, Slow 4G`,
    ...loads.flatMap(({ kind, ours, baseline, ratio }) => [
      `${kind.padEnd(6)}this      ${cells(ours)}`,
      ...(baseline ? [`${kind.padEnd(6)}baseline  ${cells(baseline)}`] : []),
      ...(ratio
        ? [
            `${kind.padEnd(6)}ratio     ${ratio.median.toFixed(2)} (${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)})`,
          ]
        : []),
    ]),
  ].join("\n");
}
