// `npm run screenshots`: see `USAGE`.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { findChromium } from "../chromium.ts";
import { parseOptions, reportError, UsageError } from "../../lib/command.ts";
import { temporaryFolder } from "../servers/guard.ts";
import { startGuarded } from "../start.ts";
import { seed } from "./seed.ts";

const USAGE = `Takes the README's pictures, docs/images/*.png: starts a server, fills it with a made-up small town, and opens it in
Chromium.

  npm run screenshots

  --help    prints this text

Chromium comes from CHROMIUM_BIN, else from the PATH.`;

const OUT = join(import.meta.dirname, "../../docs/images");
const WINDOWS = {
  desktop: { viewport: { width: 1280, height: 860 }, deviceScaleFactor: 1.5 },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};

interface Picture {
  name: string;
  window: keyof typeof WINDOWS;
  colorScheme: "light" | "dark";
  path: string;
  /** The username of the person who is logged in; without, a visitor. */
  who?: string;
  ready: (page: Page) => Promise<unknown>;
}

const text = (words: string) => (page: Page) => page.getByText(words).first().waitFor();

const PICTURES: readonly Picture[] = [
  { name: "home", window: "desktop", colorScheme: "light", path: "/", who: "maria", ready: text("Bring a thermos") },
  {
    name: "home-dark",
    window: "desktop",
    colorScheme: "dark",
    path: "/",
    who: "jonas",
    ready: text("Bring a thermos"),
  },
  { name: "phone", window: "phone", colorScheme: "light", path: "/", who: "jonas", ready: text("Bring a thermos") },
  {
    name: "phone-profile",
    window: "phone",
    colorScheme: "dark",
    path: "/user/maria",
    who: "jonas",
    ready: text("Follows you"),
  },
  {
    name: "phone-notifications",
    window: "phone",
    colorScheme: "light",
    path: "/notifications",
    who: "jonas",
    ready: text("mentioned you"),
  },
  { name: "phone-welcome", window: "phone", colorScheme: "dark", path: "/", ready: text("Short messages") },
];

async function take(browser: Browser, url: string, tokens: Record<string, string>, picture: Picture): Promise<void> {
  const { name, window, colorScheme, path, who, ready } = picture;
  const context = await browser.newContext({ ...WINDOWS[window], colorScheme, reducedMotion: "reduce" });
  if (who) await context.addCookies([{ name: "session", value: tokens[who]!, url }]);
  const page = await context.newPage();
  await page.goto(url + path);
  await ready(page);
  await page.waitForLoadState("networkidle");
  const shot = await page.screenshot();
  await sharp(shot)
    .png({ palette: true, quality: 90 })
    .toFile(join(OUT, `${name}.png`));
  await context.close();
  console.log(`docs/images/${name}.png`);
}

async function main(): Promise<void> {
  if (parseOptions(process.argv.slice(2), { help: { type: "boolean" } }).values.help) return console.log(USAGE);
  const chromiumPath = findChromium();
  if (!chromiumPath) throw new UsageError("There is no Chromium. Install it, or set CHROMIUM_BIN to its path");
  const folder = await temporaryFolder("starling-screenshots-");
  const server = await startGuarded({ DATA_DIR: folder.path, RATE_LIMIT_SCALE: "1000000" });
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    await mkdir(OUT, { recursive: true });
    const tokens = await seed(server.url);
    for (const picture of PICTURES) await take(browser, server.url, tokens, picture);
  } finally {
    await browser.close();
    await server.stop();
    await folder.remove();
  }
}

try {
  await main();
} catch (error) {
  reportError(error, "screenshots");
  process.exitCode = 1;
}
