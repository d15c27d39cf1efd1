/** An answer of the API, and its entity tag if it has one. */
interface Known {
  readonly tag?: string | undefined;
  readonly body: unknown;
}

/** The answers that came with the page. Each is used once, because it may be old the next time. */
const given = new Map<string, Known>(readPage());
/** The last answers with an entity tag, by path: the server does not send an unchanged one again. */
const last = new Map<string, Known>();
/** The client reads few lists again and again. */
const MOST_KEPT = 4;

function readPage(): [string, Known][] {
  const element = document.getElementById("answers");
  element?.remove();
  return Object.entries(JSON.parse(element?.textContent || "{}") as Record<string, Known>);
}

/** @returns the answer that came with the page; undefined if there is none, or if it was used */
export function takeGiven(path: string): Known | undefined {
  const answer = given.get(path);
  given.delete(path);
  if (answer) keepAnswer(path, answer);
  return answer;
}

/** Whether the page brought an answer that nobody has used. */
export function isGiven(path: string): boolean {
  return given.has(path);
}

export function keepAnswer(path: string, answer: Known): void {
  last.delete(path);
  if (!answer.tag) return;
  last.set(path, answer);
  for (const oldest of last.keys()) if (last.size > MOST_KEPT) last.delete(oldest);
}

export function lastAnswer(path: string): Known | undefined {
  return last.get(path);
}

/** Forgets the last answers: they belong to an account. */
export function forgetAnswers(): void {
  last.clear();
}
