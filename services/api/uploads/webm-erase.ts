import type { Erasure } from "./erase.ts";
import type { VideoFile } from "./video-file.ts";
import { endOfCluster, trackFrames, voided } from "./webm-clusters.ts";
import { type Element, find, integer, type Plan } from "./webm-elements.ts";

/** The ids of the elements that we read. */
export const ID = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  duration: 0x4489,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackType: 0x83,
  codec: 0x86,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  displayWidth: 0x54b0,
  displayHeight: 0x54ba,
  displayUnit: 0x54b2,
  cluster: 0x1f43b675,
} as const;

const VOID = 0xec;
/** Video and sound, as {@link ID.trackType}. Others are subtitles, buttons and data such as positions. */
const SHOWN_TYPES = new Set([1, 2]);

/** The elements of a video that browsers need. All others are erased: tags, titles, dates, attachments, chapters. */
export const FILE_PLAN: Plan = {
  [ID.ebml]: {
    // The versions of EBML and of the type, and the longest ids and sizes.
    ...{ 0x4286: true, 0x42f7: true, 0x42f2: true, 0x42f3: true, [ID.docType]: true, 0x4287: true, 0x4285: true },
  },
  [ID.segment]: {
    // The list of the parts, and the list of places to jump to.
    ...{ 0x114d9b74: true, 0x1c53bb6b: true },
    // With the names of the programs that wrote the file, which are obligatory.
    [ID.info]: { [ID.timestampScale]: true, [ID.duration]: true, 0x4d80: true, 0x5741: true },
    [ID.tracks]: {
      [ID.trackEntry]: {
        ...{ [ID.trackNumber]: true, 0x73c5: true, [ID.trackType]: true, [ID.codec]: true, 0x63a2: true },
        // Flags, languages, durations and delays.
        ...{ 0xb9: true, 0x88: true, 0x55aa: true, 0x9c: true, 0x6de7: true, 0x6df8: true, 0x55ee: true },
        ...{ 0x22b59c: true, 0x22b59d: true, 0x23e383: true, 0x234e7a: true, 0x56aa: true, 0x56bb: true },
        [ID.video]: {
          ...{ [ID.pixelWidth]: true, [ID.pixelHeight]: true },
          ...{ [ID.displayWidth]: true, [ID.displayHeight]: true, [ID.displayUnit]: true },
        },
        // Sound, compressed content, and what goes with each frame, such as transparency.
        ...{ 0xe1: true, 0x6d80: true, 0x41e4: true },
      },
    },
    [ID.cluster]: endOfCluster,
  },
};

/** Finds what must be erased from a WebM before others may see it. @param top all elements of the file */
export async function eraseWebm(file: VideoFile, top: readonly Element[]): Promise<Erasure[]> {
  const erasures: Erasure[] = [];
  const [shown, hidden] = [new Set<number>(), new Set<number>()];

  async function clean(elements: readonly Element[]): Promise<void> {
    for (const element of elements) {
      if (element.id === VOID) erasures.push({ at: element.start, end: element.end });
      else if (!element.isKnown || (element.id === ID.trackEntry && !(await noteTrack(element)))) {
        erasures.push(...voided(element));
      } else if (element.id !== ID.video) await clean(element.inside);
    }
  }

  /** Notes the number of a track. @returns whether the track is shown */
  async function noteTrack({ inside }: Element): Promise<boolean> {
    const isShown = SHOWN_TYPES.has(await integer(file, find(inside, ID.trackType)));
    (isShown ? shown : hidden).add(await integer(file, find(inside, ID.trackNumber)));
    return isShown;
  }

  await clean(top);
  const erased = new Set([...hidden].filter((track) => !shown.has(track)));
  if (erased.size === 0) return erasures;
  for (const { inside } of top) {
    for (const cluster of inside.filter(({ id }) => id === ID.cluster)) {
      for (const frame of await trackFrames(file, cluster, erased)) erasures.push(...voided(frame));
    }
  }
  return erasures;
}
