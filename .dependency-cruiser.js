// The rooms of this repository and the rooms that each may import from. Imports run downwards, without circles:
// docs/architecture.md, "The rooms", says why. `npm run lint` checks these rules; test/integration/rules.test.ts shows
// that each of them can fail.

/** For each room, from the lowest up: the other rooms that its files may import from. */
const ROOMS = {
  lib: [],
  config: ["lib"],
  contract: ["lib"],
  seams: ["lib", "config", "contract"],
  broker: ["lib", "config", "contract", "seams/nats"],
  mixins: ["lib", "config", "contract", "seams"],
  services: ["lib", "config", "contract", "seams", "mixins"],
  web: ["lib", "contract", "services/pages"],
};

/** The services that own data and rules: they know no HTTP, no address and no socket. */
const DOMAIN = ["users", "graph", "tweets", "timeline", "notifier", "media"];

/** For each folder of services/: the other folders of services/ that its files may import from. */
const SERVICE_ROOMS = {
  ...Object.fromEntries(DOMAIN.map((name) => [name, ["reading"]])),
  reading: [],
  gateway: [],
  pages: ["gateway"],
  api: ["gateway", "pages"],
  live: ["gateway"],
};

/** All folders of ours: a path below one of them is not a package's. */
const OURS = "^(lib|config|contract|seams|broker|mixins|services|web|dev|test|create-node|server|moleculer)";

const upward = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `no-upward-import-from-${room}`,
  comment: `${room}/ may import ${allowed.length === 0 ? "nothing of ours" : allowed.map((name) => `${name}/`).join(", ")}.`,
  severity: "error",
  from: { path: `^${room}/` },
  to: { path: OURS, pathNot: [room, ...allowed].map((name) => `^${name}/`) },
}));

const sideways = Object.entries(SERVICE_ROOMS).map(([room, allowed]) => ({
  name: `no-foreign-folder-in-services-${room}`,
  comment: `services/${room}/ may import of services/ only ${[room, ...allowed].join(", ")}: services talk through contract/.`,
  severity: "error",
  from: { path: `^services/${room}/` },
  to: { path: "^services/", pathNot: [room, ...allowed].map((name) => `^services/${name}/`) },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circular",
      comment: "Files that import each other, also by type alone, can only be understood together.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...upward,
    ...sideways,
    {
      name: "no-http-in-domain-services",
      comment:
        "Domain services know no HTTP and no sockets: gateways do. (notifier/push/post.ts is a client of push services.)",
      severity: "error",
      from: { path: `^services/(${[...DOMAIN, "reading"].join("|")})/`, pathNot: "^services/notifier/push/post\\.ts$" },
      to: {
        path: "^(node:)?(http|https|http2)$|node_modules/(moleculer-web|moleculer-io|socket\\.io|cookie|@fastify)/",
      },
    },
    {
      name: "only-seams-talk-to-stores",
      comment: "Drivers of MongoDB, Redis, NATS and S3 are used behind the seams alone.",
      severity: "error",
      from: { path: OURS, pathNot: "^(seams|broker|dev|test)/" },
      to: { path: "node_modules/(mongodb|ioredis|nats|@aws-sdk|@seald-io)/" },
    },
    {
      name: "no-tools-in-the-product",
      comment: "The product runs without dev/ and test/.",
      severity: "error",
      from: { path: OURS, pathNot: "^(dev|test)/" },
      to: { path: "^(dev|test)/" },
    },
    {
      name: "no-tests-in-tools",
      severity: "error",
      from: { path: "^dev/" },
      to: { path: "^test/" },
    },
    {
      name: "no-development-packages-in-the-product",
      comment: "A production install has no devDependencies. (web/ is built before.)",
      severity: "error",
      from: { path: OURS, pathNot: "^(dev|test|web)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^web/dist/|^data/" },
    // Type-only imports count: they are what a reader has to follow.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
