// The process that decodes pictures: decoder.ts starts it, and says why.
import { type FieldError, InvalidError, messageOf } from "../../../lib/errors.ts";
import type { Answer, Question, Steps } from "./decoder.ts";
import { checkImage } from "./image-check.ts";
import { encodeImage, translate } from "./image.ts";
import { drawPoster, encodePoster } from "./poster.ts";

const STEPS: Steps = { checkImage, encodeImage, encodePoster, drawPoster };

async function answer({ id, step, parameters }: Question): Promise<Answer> {
  try {
    const run = STEPS[step] as (...parameters: unknown[]) => Promise<unknown>;
    return { id, result: await run(...parameters) };
  } catch (error) {
    const translated = translate(error);
    if (translated instanceof InvalidError) {
      return { id, refusal: (translated.data as { errors: FieldError[] }).errors };
    }
    return { id, failure: { message: messageOf(error), code: (error as NodeJS.ErrnoException).code } };
  }
}

process.on("message", (question: Question) => {
  void answer(question).then((reply) => process.send?.(reply));
});
// The server has ended, or needs this process no more. A picture that is being decoded must not hold up the end.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
// A terminal sends these to all processes of its group, but a server that shuts down ends its uploads first.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
