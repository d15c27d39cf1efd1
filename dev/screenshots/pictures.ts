import sharp from "sharp";
import { BIRD } from "../../lib/logo.ts";
import { createRandom } from "../replay/random.ts";

/*
 * Pictures for screenshots. They are drawn here, so that no photographer's rights apply.
 */

function png(width: number, height: number, content: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${content}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

function sky(id: string, ...colours: string[]): string {
  const stops = colours.map((colour, at) => `<stop offset="${at / (colours.length - 1)}" stop-color="${colour}"/>`);
  return `<defs><linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stops.join("")}</linearGradient></defs><rect width="100%" height="100%" fill="url(#${id})"/>`;
}

/** A line of hills from left to right. */
function hills(width: number, height: number, top: number, rise: number, colour: string, seed: number): string {
  const random = createRandom(seed).next;
  const phase = random() * 6;
  const points = Array.from({ length: 61 }, (_, index) => {
    const x = index / 60;
    const y = top - rise * (Math.sin(x * 5 + phase) * 0.5 + Math.sin(x * 13 + phase * 2) * 0.25 + random() * 0.06);
    return `${(x * width).toFixed(1)} ${y.toFixed(1)}`;
  });
  return `<path d="M0 ${height} L${points.join(" L")} L${width} ${height} Z" fill="${colour}"/>`;
}

/** Starlings at dusk: thousands of birds in one cloud over a lake. */
export function murmuration(): Promise<Buffer> {
  const [width, height] = [1600, 1000];
  const random = createRandom(7).next;
  const birds = Array.from({ length: 3200 }, () => {
    const along = random();
    const spread = (random() + random() + random() - 1.5) * (120 + 130 * Math.sin(along * Math.PI) ** 2);
    const x = 180 + along * 1240 + spread * 0.5;
    const y = 330 + Math.sin(along * 5.2) * 150 + spread * (0.55 + 0.4 * Math.cos(along * 7));
    const size = 1.6 + random() * 2.6;
    return `M${x.toFixed(1)} ${y.toFixed(1)}q${size} ${-size * 1.1} ${size * 2} 0q${size} ${-size * 1.1} ${size * 2} 0`;
  });
  return png(
    width,
    height,
    `${sky("a", "#31466b", "#a06a80", "#f0a878", "#f8d6a0")}
     ${hills(width, height, 800, 60, "#5a4a63", 3)}
     <rect y="800" width="${width}" height="200" fill="#8d6f86"/><rect y="800" width="${width}" height="200" fill="#f0a878" opacity="0.35"/>
     ${hills(width, height, 940, 26, "#2b2a3d", 11)}
     <path d="${birds.join("")}" fill="none" stroke="#221f33" stroke-width="1.6" stroke-linecap="round"/>`,
  );
}

/** A pier in still water. */
export function pier(): Promise<Buffer> {
  const [width, height] = [1200, 1500];
  const planks = Array.from({ length: 26 }, (_, index) => {
    const near = (index / 25) ** 2.2;
    const half = 26 + near * 420;
    const y = 760 + near * 700;
    return `<rect x="${600 - half}" y="${y}" width="${half * 2}" height="${3 + near * 34}" fill="#5b4638"/>`;
  });
  return png(
    width,
    height,
    `${sky("b", "#c9dbe6", "#e8e4d8", "#f3e3c8")}
     ${hills(width, height, 700, 70, "#93a8b0", 5)}
     <rect y="700" width="${width}" height="800" fill="#a9c2cc"/><rect y="700" width="${width}" height="800" fill="#4f7583" opacity="0.35"/>
     ${planks.join("")}`,
  );
}

/** A reading room: shelves of books under a window. */
export function library(): Promise<Buffer> {
  const [width, height] = [1500, 1000];
  const random = createRandom(21).next;
  const colours = ["#8a4b3c", "#c78d4e", "#39586b", "#6f7f5b", "#d8c3a0", "#7a3e4c", "#2f4a4f", "#b5694a"];
  const shelves = [0, 1, 2, 3].map((row) => {
    const bottom = 300 + row * 220;
    let books = "";
    for (let x = 40; x < 1440;) {
      const thick = 14 + random() * 26;
      const tall = 110 + random() * 70;
      const colour = colours[Math.floor(random() * colours.length)]!;
      if (random() > 0.08)
        books += `<rect x="${x}" y="${bottom - tall}" width="${thick - 3}" height="${tall}" rx="2" fill="${colour}"/>`;
      x += thick;
    }
    return `${books}<rect x="20" y="${bottom}" width="1460" height="18" fill="#8f6a48"/>`;
  });
  return png(
    width,
    height,
    `${sky("c", "#e9dcc6", "#d9c4a2")}<rect x="20" y="60" width="1460" height="940" fill="#5d4330"/>${shelves.join("")}
     <path d="M1500 0 L900 0 L300 1000 L1100 1000 Z" fill="#fff4d8" opacity="0.16"/>`,
  );
}

/** A loaf of bread, cut open. */
export function bread(): Promise<Buffer> {
  const random = createRandom(5).next;
  const holes = Array.from({ length: 90 }, () => {
    const [angle, far] = [random() * Math.PI * 2, Math.sqrt(random())];
    const [x, y] = [600 + Math.cos(angle) * far * 350, 665 + Math.sin(angle) * far * 165];
    return `<ellipse cx="${x}" cy="${y}" rx="${5 + random() * 20}" ry="${4 + random() * 13}" fill="#d9b98a"/>`;
  });
  return png(
    1200,
    1200,
    `${sky("d", "#5c6b62", "#3f4c46")}<rect y="760" width="1200" height="440" fill="#8b5e3c"/>
     <path d="M150 700 C150 330 1050 330 1050 700 C1050 960 150 960 150 700Z" fill="#8a4f22"/>
     <path d="M195 700 C195 385 1005 385 1005 700 C1005 915 195 915 195 700Z" fill="#f2ddb4"/>${holes.join("")}`,
  );
}

/** A face for a profile: one bird on two colours. */
export function face(ground: string, bird: string): Promise<Buffer> {
  return png(
    400,
    400,
    `<rect width="400" height="400" fill="${ground}"/><circle cx="310" cy="110" r="52" fill="${bird}" opacity="0.35"/>
     <g transform="translate(60 78) scale(8.6)"><path d="${BIRD}" fill="${bird}"/><circle cx="20.6" cy="7.6" r="1" fill="${ground}"/></g>`,
  );
}
