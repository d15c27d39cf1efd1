/** The command can't go on; the message says why, and what the operator can do. */
export class OperatorError extends Error {
  override name = "OperatorError";
}
