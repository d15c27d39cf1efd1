import { execFile } from "node:child_process";
import { rm, writeFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startServer, type StartedServer } from "../../dev/start.ts";
import { createCast, eventually, expectProblem, type Person, temporaryFolder } from "../helper.ts";

const run = promisify(execFile);
const MIB = 1024 * 1024;

/** A disk of 64 MiB; null where this user may not mount one. */
async function mountDisk(): Promise<string | null> {
  const folder = await temporaryFolder();
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", folder]);
    return folder;
  } catch {
    await rm(folder, { recursive: true });
    return null;
  }
}

const disk = await mountDisk();

if (disk === null) {
  // The rules by which room is judged are in test/unit/disk-room.test.ts, refused writes in sqlite-disk.test.ts.
  it("is tried where these tests may mount a small disk", () => console.warn("This user may not mount a disk."));
} else describe("a disk that fills up", () => defineTests(disk));

function defineTests(mounted: string): void {
  let server: StartedServer;
  let alice: Person;
  beforeAll(async () => {
    server = await startServer({ DATA_DIR: join(mounted, "data"), RATE_LIMIT_SCALE: "1000000" });
    ({ alice } = await createCast(server.url, "alice"));
  });
  afterAll(async () => {
    await server?.stop();
    await run("umount", ["-l", mounted]);
    await rm(mounted, { recursive: true });
  });

  /** Leaves this much room on the disk, in bytes. */
  async function leave(bytes: number): Promise<void> {
    await rm(join(mounted, "filler"), { force: true });
    const { bavail, bsize } = await statfs(mounted);
    const filler = Buffer.alloc(Math.max(0, bavail * bsize - bytes));
    await writeFile(join(mounted, "filler"), filler).catch((error: NodeJS.ErrnoException) => {
      // The server took some of the room meanwhile, so the disk is full already.
      if (error.code !== "ENOSPC" || bytes > 0) throw error;
    });
  }

  interface Health {
    status: string;
    missing?: string[];
    warnings?: string[];
  }
  const expectHealth = (status: number, body: Health) =>
    eventually(async () => {
      const reply = await alice.api.get<Health>("/health/ready");
      expect([reply.status, reply.body]).toEqual([status, body]);
    });

  it("is told by /health/ready and the log: first as a warning, then because writes fail, until there is room", async () => {
    await expectHealth(200, { status: "ok" });
    await leave(2 * MIB);
    const warning = expect.stringMatching(
      /^The disk of DATA_DIR is nearly full: [12]\.\d MiB left$/,
    ) as unknown as string;
    await expectHealth(200, { status: "ok", warnings: [warning] });
    expect(server.output()).toContain("The disk of DATA_DIR is nearly full");
    await alice.tweet("there is room for this");

    await leave(0);
    const full = expect.stringMatching(/^The disk of DATA_DIR is full: 0\.\d MiB left$/) as unknown as string;
    await expectHealth(503, { status: "unavailable", missing: [full] });
    // Each tweet needs room in the log; the first ones may fit into the rest of a page.
    await eventually(async () => expectProblem(await alice.api.post("/tweet", { text: "x".repeat(280) }), 503));

    await rm(join(mounted, "filler"));
    await expectHealth(200, { status: "ok" });
    await alice.tweet("there is room again");
  });
}
