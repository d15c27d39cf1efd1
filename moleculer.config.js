// moleculer-runner looks for a file of this name.
export { default } from "./moleculer.config.ts";
