import { spawn } from "node:child_process";
import { once } from "node:events";
import { temporaryFolder } from "../../../dev/servers/guard.ts";
import { startGuarded } from "../../../dev/start.ts";
import { ensureWebBuilt } from "../../../web/build.ts";
import type { Path, Sample } from "../path.ts";

export const start: Path = {
  about: "start of an embedded server until its first answer, with data of an earlier start",
  beside: "node -e 0",
  needs: [],
  rows: [{ name: "start", unit: "s", by: "difference", goal: { atMost: 1 } }],
  async open({ onEnd, say }) {
    await ensureWebBuilt(say);
    const folder = await temporaryFolder("starling-bench-");
    onEnd(() => folder.remove());
    const faults: string[] = [];

    async function ours(): Promise<Sample> {
      const began = performance.now();
      const server = await startGuarded({ DATA_DIR: folder.path, PORT: "0" });
      try {
        const { status } = await fetch(`${server.url}/health/ready`);
        if (status !== 200) faults.push(`The first answer was ${status}.`);
        return { start: (performance.now() - began) / 1000 };
      } finally {
        await server.stop();
      }
    }

    async function bare(): Promise<Sample> {
      const began = performance.now();
      await once(spawn(process.execPath, ["-e", "0"], { stdio: "ignore" }), "exit");
      return { start: (performance.now() - began) / 1000 };
    }

    return { ours, bare, audit: () => Promise.resolve(faults.splice(0)) };
  },
};
