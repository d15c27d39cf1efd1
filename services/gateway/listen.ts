import { once } from "node:events";
import type { Server } from "node:http";

/** Listens for requests. If the address can't be used, prints a line that says what to do, and ends the process. */
export async function listen(http: Server, { port, host }: { port: number; host: string }): Promise<void> {
  http.listen(port, host);
  try {
    await once(http, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === "EADDRINUSE"
        ? "is in use by another program; choose another with PORT"
        : `can't be used (${code}); choose others with PORT and HOST`;
    process.stderr.write(`Port ${port} on ${host} ${reason}.\n`);
    process.exit(1);
  }
}
