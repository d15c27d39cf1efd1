import { type Document, MongoClient, type MongoClientOptions } from "mongodb";
import type { Access } from "./access.ts";

/** Secret of the members of a set with users. Members log in to each other with it as the user `__system`. */
export const MEMBERS_KEY = "members0of0a0throw0away0set";

/** Sends a command to one member over a new connection. */
export type Ask = (port: number, command: Document, database?: string) => Promise<Document>;

/** @returns requests as a member of the set, if it has users: only members can do what sets one up */
export function askWith({ login, tls }: Access): Ask {
  const access: MongoClientOptions = {
    ...(login && { auth: { username: "__system", password: MEMBERS_KEY }, authSource: "local" }),
    ...(tls && { tls: true, tlsCAFile: tls.ca }),
  };
  return async (port, command, database = "admin") => {
    const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
      ...access,
      serverSelectionTimeoutMS: 500,
      connectTimeoutMS: 2000,
      socketTimeoutMS: 10_000,
    });
    try {
      return await client.db(database).command(command);
    } finally {
      await client.close();
    }
  };
}
