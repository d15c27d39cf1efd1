import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { BIRD, SPECKLES } from "../../lib/logo.ts";

/*
 * Draws the web client's icons from the logo: node dev/icons/make.ts
 * The icons are in the repository, so that a build needs no picture library.
 */

const OUT = join(import.meta.dirname, "../../web/public");
const GROUND = "#0f5a6e";
const BIRD_COLOUR = "#f4fafb";

/**
 * @param margin the free space on each side, where the logo is 32 wide
 * @param corner the radius of the background's corners, in the same units
 */
function icon(margin: number, corner: number, badge = false): string {
  const size = 32 + 2 * margin;
  const specks = SPECKLES.map(([x, y, r]) => `<circle cx="${x}" cy="${y}" r="${r}"/>`).join("");
  const dot = badge ? `<circle cx="${size - 8}" cy="8" r="7" fill="#d6453d" stroke="#fff" stroke-width="1.5"/>` : "";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}">`,
    `<rect width="${size}" height="${size}" rx="${corner}" fill="${GROUND}"/>`,
    `<g transform="translate(${margin} ${margin})"><path fill="${BIRD_COLOUR}" d="${BIRD}"/><g fill="${GROUND}">${specks}</g></g>`,
    `${dot}</svg>`,
  ].join("");
}

async function png(name: string, pixels: number, svg: string): Promise<void> {
  await sharp(Buffer.from(svg), { density: 600 }).resize(pixels, pixels).png({ palette: true }).toFile(join(OUT, name));
}

mkdirSync(OUT, { recursive: true });
writeFileSync(join(OUT, "icon.svg"), icon(6, 11));
writeFileSync(join(OUT, "icon-unread.svg"), icon(6, 11, true));
await png("icon-192.png", 192, icon(6, 11));
await png("icon-512.png", 512, icon(6, 11));
// A launcher may cut the icon to a circle of 80 % of its width.
await png("icon-maskable-512.png", 512, icon(13, 0));
await png("icon-180.png", 180, icon(8, 0));
