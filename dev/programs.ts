import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Whether a path is a file that this process may execute. */
export function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Finds the programs of the given names on the PATH.
 *
 * @param commands names, the preferred first
 * @param path the value of PATH
 * @returns the paths of all that can be executed: all of the first name in the order of the PATH, then of the next
 */
export async function programsOnPath(commands: readonly string[], path = process.env["PATH"] ?? ""): Promise<string[]> {
  const folders = path.split(delimiter).filter(Boolean);
  const paths = commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  const areProgram = await Promise.all(paths.map(isProgram));
  return paths.filter((_, index) => areProgram[index]);
}
