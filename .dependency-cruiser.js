// The rooms of this repository, and the rooms from which each may import. Imports run downwards, without cycles; the
// reason is in docs/architecture.md, "The rooms". `npm run lint` checks these rules, and
// test/integration/rules.test.ts shows that each of them can fail.

/** For each room, from the lowest up: the other rooms that its files may import from. */
const ROOMS = {
  lib: [],
  config: ["lib"],
  contract: ["lib"],
  seams: ["lib", "config", "contract"],
  broker: ["lib", "config", "contract", "seams/nats"],
  mixins: ["lib", "config", "contract", "seams"],
  services: ["lib", "config", "contract", "seams", "mixins"],
  ops: ["lib", "config", "contract", "seams", "services"],
  web: ["lib", "contract", "services/pages"],
};

/** The services that own data and rules. Their code knows nothing of HTTP, addresses and sockets. */
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

/** The beginnings of our own paths; all other paths belong to packages. */
const OURS =
  "^(lib|config|contract|seams|broker|mixins|services|ops|web|dev|bench|test|create-node|run-node|server|moleculer)";

const upward = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `no-upward-import-from-${room}`,
  comment: `${room}/ may import ${allowed.length === 0 ? "nothing of ours" : allowed.map((name) => `${name}/`).join(", ")}.`,
  severity: "error",
  from: { path: `^${room}/` },
  to: { path: OURS, pathNot: [room, ...allowed].map((name) => `^${name}/`) },
}));

const sideways = Object.entries(SERVICE_ROOMS).map(([room, allowed]) => ({
  name: `no-foreign-folder-in-services-${room}`,
  comment: `Within services/, ${room}/ may import only ${[room, ...allowed].join(", ")}: services talk through contract/.`,
  severity: "error",
  from: { path: `^services/${room}/` },
  to: { path: "^services/", pathNot: [room, ...allowed].map((name) => `^services/${name}/`) },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-circular",
      comment: "Files that import each other, even if only types, can only be understood together.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    ...upward,
    ...sideways,
    {
      name: "no-http-in-domain-services",
      comment:
        "Only gateways use HTTP and sockets. (notifier/push/post.ts, which is a client of push services, does, too.)",
      severity: "error",
      from: { path: `^services/(${[...DOMAIN, "reading"].join("|")})/`, pathNot: "^services/notifier/push/post\\.ts$" },
      to: {
        path: "^(node:)?(http|https|http2)$|node_modules/(moleculer-web|moleculer-io|socket\\.io|cookie|@fastify)/",
      },
    },
    {
      name: "only-seams-talk-to-stores",
      comment: "In the product, only seams/ and broker/ use the drivers of the stores and of NATS.",
      severity: "error",
      from: { path: OURS, pathNot: "^(seams|broker|dev|bench|test)/" },
      to: { path: "node_modules/(mongodb|ioredis|nats|@aws-sdk)/" },
    },
    {
      name: "no-tools-in-the-product",
      comment: "The product runs without dev/, bench/ and test/.",
      severity: "error",
      from: { path: OURS, pathNot: "^(dev|bench|test)/" },
      to: { path: "^(dev|bench|test)/" },
    },
    {
      name: "no-tests-in-tools",
      severity: "error",
      from: { path: "^(dev|bench)/" },
      to: { path: "^test/" },
    },
    {
      name: "no-development-packages-in-the-product",
      comment: "A production install has no devDependencies. (web/ is built beforehand.)",
      severity: "error",
      from: { path: OURS, pathNot: "^(dev|bench|test|web)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^virtual:" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^web/dist/|^data/" },
    // Type-only imports count, because a reader has to follow them as well.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
