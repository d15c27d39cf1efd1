import { expect, it } from "@jest/globals";
import { createRefuser } from "../../services/gateway/guard/refuser.ts";
import { eventually } from "../helper.ts";

/** Keeps the processor busy. */
function burn(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

it("sends a few refusals at once", () => {
  const refuser = createRefuser();
  const sent: number[] = [];
  for (let n = 0; n < 5; n++) refuser.add({ refuse: () => sent.push(n) });
  expect([sent, refuser.length]).toEqual([[0, 1, 2, 3, 4], 0]);
});

it("lets the rest of a flood wait, and sends all of it in order", async () => {
  const refuser = createRefuser();
  const sent: number[] = [];
  for (let n = 0; n < 100; n++) {
    refuser.add({
      refuse() {
        burn(1);
        sent.push(n);
      },
    });
  }
  expect(refuser.length).toBeGreaterThan(50);
  // Other requests wait: their turn comes between two runs.
  refuser.run();
  expect(refuser.length).toBeGreaterThan(50);
  await eventually(() => {
    refuser.run(true);
    expect(refuser.length).toBe(0);
  });
  expect(sent).toEqual(Array.from({ length: 100 }, (_, n) => n));
});
