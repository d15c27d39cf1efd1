import { bread, face, library, murmuration, pier } from "./pictures.ts";

/*
 * A small town for screenshots: its people, their follows and their tweets.
 */

const PASSWORD = "correct horse battery";

interface Villager {
  username: string;
  displayName: string;
  bio: string;
  face: Promise<Buffer>;
}

const VILLAGERS: readonly Villager[] = [
  {
    username: "maria",
    displayName: "Maria Lindqvist",
    bio: "Counts birds over Lake Vänern at dusk. Mostly starlings. Notes at example.com/maria",
    face: face("#d9e7ea", "#17667a"),
  },
  {
    username: "jonas",
    displayName: "Jonas Okafor",
    bio: "Ferry captain, morning shift.",
    face: face("#263a52", "#f0b56b"),
  },
  {
    username: "aiko",
    displayName: "Aiko Tanaka",
    bio: "Librarian. I read the last page last.",
    face: face("#f2d9d3", "#8c3f4d"),
  },
  {
    username: "sam",
    displayName: "Sam Rivera",
    bio: "Builds things that build things.",
    face: face("#e4ead2", "#4c6b35"),
  },
  {
    username: "bakery",
    displayName: "The Corner Bakery",
    bio: "Open at six. Sold out by ten.",
    face: face("#f4e3c3", "#96572a"),
  },
];

/** Followees that each person does not follow; all others follow each other. */
const STRANGERS: Readonly<Record<string, readonly string[]>> = { maria: ["sam", "bakery"], jonas: ["sam"] };

interface Said {
  by: string;
  text: string;
  pictures?: readonly { file: () => Promise<Buffer>; alt: string }[];
  place?: { lat: number; lon: number; name: string };
}

const SAID: readonly Said[] = [
  {
    by: "sam",
    text: "Moved our build from 14 minutes to 90 seconds. What it took: https://example.com/posts/faster-builds-without-tears #devlog",
  },
  { by: "aiko", text: "Somebody returned a book that was lent in 1974. No fine. We made them tea." },
  {
    by: "jonas",
    text: "Good morning from the ferry. The sea is flat as a plate, and nobody is on deck but me and one very confident gull.",
  },
  {
    by: "bakery",
    text: "Sourdough is out of the oven. Eleven loaves, then it is tomorrow's problem.",
    pictures: [{ file: bread, alt: "A round loaf, cut: a dark crust and an open crumb" }],
  },
  {
    by: "maria",
    text: "They come in from the fields at twenty to eight, every evening, as if somebody rang a bell. #murmuration",
  },
  {
    by: "aiko",
    text: "The new reading room is open. Wood, light, silence.\n\nI may never leave.",
    pictures: [{ file: library, alt: "Shelves full of books, and a beam of light across them" }],
  },
  {
    by: "maria",
    text: "About 4,000 tonight. @jonas you would have loved it.",
    pictures: [
      { file: murmuration, alt: "A cloud of starlings over a lake at dusk" },
      { file: pier, alt: "A wooden pier that leads out into still water" },
    ],
    place: { lat: 58.51, lon: 13.16, name: "Lake Vänern" },
  },
  { by: "jonas", text: "@maria take me along tomorrow?" },
  { by: "maria", text: "@jonas 19:40, north pier. Bring a thermos." },
];

/** Makes a request to the API. @throws Error with the answer, unless it succeeds */
async function ask<T>(url: string, method: string, path: string, token: string | null, body?: unknown): Promise<T> {
  const form = body instanceof FormData;
  const response = await fetch(url + path, {
    method,
    headers: {
      accept: "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && !form && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: form ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

async function uploadPicture(url: string, token: string, picture: Buffer, alt: string): Promise<string> {
  const form = new FormData();
  if (alt !== "") form.set("alt", alt);
  form.set("file", new Blob([new Uint8Array(picture)], { type: "image/png" }), "picture.png");
  return (await ask<{ id: string }>(url, "POST", "/media", token, form)).id;
}

/** Fills an empty server. @returns the token of each villager */
export async function seed(url: string): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {};
  for (const { username, displayName, bio, face } of VILLAGERS) {
    const { token } = await ask<{ token: string }>(url, "POST", "/auth/signup", null, {
      username,
      displayName,
      password: PASSWORD,
    });
    tokens[username] = token;
    const avatar = await uploadPicture(url, token, await face, "");
    await ask(url, "PATCH", "/user", token, { bio, avatar });
  }
  for (const [follower, token] of Object.entries(tokens)) {
    for (const followee of Object.keys(tokens)) {
      if (followee !== follower && !STRANGERS[follower]?.includes(followee))
        await ask(url, "PUT", `/user/${followee}/follow`, token, { notify: followee !== "bakery" });
    }
  }
  for (const { by, text, pictures = [], place } of SAID) {
    const token = tokens[by]!;
    const media: string[] = [];
    for (const { file, alt } of pictures) media.push(await uploadPicture(url, token, await file(), alt));
    await ask(url, "POST", "/tweet", token, { text, media, location: place ?? null });
  }
  return tokens;
}
