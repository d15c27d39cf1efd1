import type { Sharp } from "sharp";
import type { InvalidError } from "../../../lib/errors.ts";
import { fileError } from "./file-error.ts";

/** The time for all steps of a picture together. */
export interface TimeLimit {
  /** Gives a step the time that the steps before it have left. sharp itself knows only a time limit for each step. */
  limit: (step: Sharp) => Sharp;
  isOver: () => boolean;
}

export function createTimeLimit(limitMs: number): TimeLimit {
  const deadline = Date.now() + limitMs;
  const isOver = () => Date.now() >= deadline;
  return {
    isOver,
    limit(step) {
      if (isOver()) throw tooSlow();
      return step.timeout({ seconds: Math.ceil((deadline - Date.now()) / 1000) });
    },
  };
}

export function tooSlow(): InvalidError {
  return fileError("takes too long to decode");
}
