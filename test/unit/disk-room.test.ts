import { expect, it } from "@jest/globals";
import { judge } from "../../seams/files/disk-room.ts";

const GIB = 1024 ** 3;

it.each([
  ["a large disk that is 96 % full", 2048 * GIB, 80 * GIB, "ok"],
  ["a large disk with less than 1 GiB left", 2048 * GIB, 0.9 * GIB, "nearly full: 921.6 MiB left"],
  ["a small disk with 20 % left", 10 * GIB, 2 * GIB, "ok"],
  ["a small disk with 3 % left", 10 * GIB, 0.3 * GIB, "nearly full: 307.2 MiB left"],
  ["a disk with 1 MiB left", 10 * GIB, GIB / 1024, "full: 1.0 MiB left"],
  ["a tiny disk with 2 % left", GIB / 512, GIB / 512 / 50, "nearly full: 0.0 MiB left"],
  ["a disk without any room", 10 * GIB, 0, "full: 0.0 MiB left"],
  ["a disk that does not tell its size", 0, 0, "ok"],
])("judges %s", (_name, total, left, expected) => {
  const { missing, warnings } = judge(total, left);
  const said = [...missing, ...warnings];
  expect(said).toEqual(expected === "ok" ? [] : [`The disk of DATA_DIR is ${expected}`]);
  expect(missing.length).toBe(expected.startsWith("full") ? 1 : 0);
});
