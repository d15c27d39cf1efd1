import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe as jestDescribe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { loadConfig } from "../../config/config.ts";
import { SERVICE_NAMES, SETTING_NAMES } from "../../config/environment.ts";
import { findKubernetesTools, type KubernetesTools } from "../support/kubernetes.ts";
import { allows, type NetworkPolicy, type Place } from "../support/network-policies.ts";

const K8S = join(import.meta.dirname, "../../k8s");
/** The time for requests in flight when a node shuts down: the drain limit of server.ts. */
const DRAIN_LIMIT_SECONDS = 10;

type Labels = Record<string, string>;
interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: { name: string; key: string } };
}
interface Container {
  name: string;
  command?: string[];
  args?: string[];
  env?: Variable[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports?: { name: string }[];
  resources: { requests: object; limits: object };
  securityContext: object;
  volumeMounts?: { name: string }[];
}
interface Pod {
  metadata: { labels: Labels };
  spec: {
    containers: Container[];
    volumes?: { name: string; configMap?: { name: string } }[];
    securityContext: { runAsNonRoot?: boolean };
    terminationGracePeriodSeconds?: number;
  };
}
interface Resource {
  kind: string;
  metadata: { name: string; labels?: Labels };
  data?: Record<string, string>;
  spec: {
    selector?: { matchLabels?: Labels } & Labels;
    template?: Pod;
    strategy?: object;
    scaleTargetRef?: { kind: string; name: string };
    ports?: { name: string; targetPort?: string }[];
    volumeClaimTemplates?: { metadata: { name: string } }[];
    rules?: { http: { paths: { backend: { service: { name: string; port: { name: string } } } }[] } }[];
  };
}

const tools = await findKubernetesTools().catch((error: Error) => error);
if (tools instanceof Error)
  console.warn(`Tests are skipped, because kubectl or its schemas are missing. ${tools.message}`);
const describe = tools instanceof Error && !process.env["CI"] ? jestDescribe.skip : jestDescribe;

describe.each(["base", "overlays/dev"])("k8s/%s", (folder) => {
  let scratch: string;
  let text: string;
  let resources: Resource[];
  const of = (...kinds: string[]) => resources.filter(({ kind }) => kinds.includes(kind));
  const named = (kind: string, name: string) => of(kind).find(({ metadata }) => metadata.name === name);
  const pods = () => of("Deployment", "StatefulSet", "Job").map(({ spec }) => spec.template!);
  const nodes = () => of("Deployment").map(({ spec }) => spec.template!.spec.containers[0]!);

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), "starling-test-"));
    if (tools instanceof Error) throw tools;
    text = await tools.kustomize(join(K8S, folder));
    resources = parseAllDocuments(text).map((document) => document.toJS() as Resource);
  }, 300_000);
  afterAll(() => rm(scratch, { recursive: true }));

  it("conforms to Kubernetes' schemas", async () => {
    const file = join(scratch, "rendered.yaml");
    await writeFile(file, text);
    await (tools as KubernetesTools).validate(file);
  }, 120_000);

  it("has a deployment of every service, scaled and protected", () => {
    const services = nodes().map(({ env }) => env!.find(({ name }) => name === "SERVICES")!.value!.split(","));
    expect(new Set(services.flat())).toEqual(new Set(SERVICE_NAMES));
    for (const { metadata, spec } of of("Deployment")) {
      expect(named("HorizontalPodAutoscaler", metadata.name)?.spec.scaleTargetRef).toMatchObject({
        kind: "Deployment",
        name: metadata.name,
      });
      const budget = named("PodDisruptionBudget", metadata.name);
      expect(budget?.spec.selector?.matchLabels).toEqual(spec.selector?.matchLabels);
      expect(spec.strategy).toEqual({ type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
      expect(spec.template?.spec.containers[0]).toMatchObject({
        startupProbe: { httpGet: { path: "/health/live" } },
        livenessProbe: { httpGet: { path: "/health/live" } },
        readinessProbe: { httpGet: { path: "/health/ready" } },
      });
    }
  });

  it("runs no container as root or with unneeded privileges", () => {
    for (const { spec } of pods()) {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      for (const { securityContext, resources: needs } of spec.containers) {
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(Object.keys(needs.requests).sort()).toEqual(["cpu", "memory"]);
        expect(Object.keys(needs.limits)).toContain("memory");
      }
    }
  });

  it("refers only to existing resources", () => {
    for (const { spec } of of("Deployment", "StatefulSet")) {
      expect(spec.template!.metadata.labels).toMatchObject(spec.selector!.matchLabels!);
    }
    for (const { metadata, spec } of of("Service")) {
      const selected = pods().filter((pod) => matches(pod.metadata.labels, spec.selector!));
      expect([metadata.name, selected.length]).toEqual([metadata.name, 1]);
      const ports = selected.flatMap((pod) => pod.spec.containers.flatMap((container) => container.ports ?? []));
      for (const { name, targetPort = name } of spec.ports!)
        expect(ports.map((port) => port.name)).toContain(targetPort);
    }
    for (const { spec } of of("Ingress")) {
      for (const { backend } of spec.rules!.flatMap((rule) => rule.http.paths)) {
        const service = named("Service", backend.service.name);
        expect(service?.spec.ports!.map(({ name }) => name)).toContain(backend.service.port.name);
      }
    }
    for (const { spec } of of("Deployment", "StatefulSet", "Job")) {
      const pod = spec.template!.spec;
      const volumes = [...(pod.volumes ?? []), ...(spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)];
      for (const { name } of pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts)) {
        expect(volumes.map((volume) => volume.name)).toContain(name);
      }
      for (const { configMap } of pod.volumes ?? []) if (configMap) expectThere("ConfigMap", configMap.name);
      for (const { configMapRef, secretRef } of pod.containers.flatMap(({ envFrom = [] }) => envFrom)) {
        if (configMapRef) expectThere("ConfigMap", configMapRef.name);
        // The base has no Secret: addresses and passwords come with the deployment.
        if (secretRef && folder !== "base") expectThere("Secret", secretRef.name);
      }
    }
  });

  it("lets each pod reach what it needs, and nothing else", () => {
    const policies = of("NetworkPolicy") as unknown as NetworkPolicy[];
    const component = (name: string): Place => {
      const labels = named("Deployment", name)!.spec.template!.metadata.labels;
      return { labels };
    };
    const store = (name: string): Place => ({ labels: { "starling-store": name } });
    const outsider: Place = { labels: { "app.kubernetes.io/name": "other" } };
    const dns: Place = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
    const push: Place = { address: "142.250.74.74" };
    const ports = { mongo: 27_017, redis: 6379, nats: 4222 };
    const expectAllowed = (from: Place, to: Place, port: number, is: boolean) =>
      expect([from, to, port, allows(policies, from, to, port)]).toEqual([from, to, port, is]);
    for (const { metadata } of of("Deployment")) {
      const node = component(metadata.name);
      for (const [name, port] of Object.entries(ports)) {
        expectAllowed(node, store(name), port, true);
        expectAllowed(node, store(name), 22, false);
        expectAllowed(store(name), node, 3000, false);
      }
      expectAllowed(node, dns, 53, true);
      expectAllowed(node, dns, 443, false);
      expectAllowed(node, outsider, 80, false);
      expectAllowed(outsider, node, 3000, false);
      for (const address of ["10.0.0.1", "172.20.0.1", "192.168.1.1", "169.254.169.254"]) {
        expectAllowed(node, { address }, 443, false);
      }
      const isOutgoing = ["api", "notifier", "media"].includes(metadata.name);
      expectAllowed(node, push, 443, isOutgoing);
      expectAllowed(node, push, 80, false);
      // Nodes talk over NATS alone. The ingress controller reaches gateways only.
      for (const other of of("Deployment")) expectAllowed(node, component(other.metadata.name), 3000, false);
      expectAllowed({ namespace: "ingress-nginx" }, node, 3000, metadata.name === "api");
      expectAllowed({ namespace: "ingress-nginx" }, node, 3030, false);
      expectAllowed({ namespace: "default", labels: node.labels! }, node, 3000, false);
    }
    for (const [name, port] of Object.entries(ports)) {
      expectAllowed(outsider, store(name), port, false);
      expectAllowed({ namespace: "ingress-nginx" }, store(name), port, false);
      for (const other of Object.keys(ports).filter((each) => each !== name)) {
        expectAllowed(store(other), store(name), port, false);
      }
      if (folder !== "base") expectAllowed(store(name), push, 443, false);
    }
    expectAllowed(store("mongo"), store("mongo"), 27_017, true);
  });

  it("gives each store a password from a Secret, and the label of the policies", () => {
    for (const { metadata, spec } of of("StatefulSet", "Job")) {
      const { metadata: pod, spec: podSpec } = spec.template!;
      expect([metadata.name, pod.labels["starling-store"]]).toEqual([
        metadata.name,
        metadata.name.replace("mongo-set", "mongo"),
      ]);
      const [container] = podSpec.containers;
      const secrets = container!.env!.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
      expect(secrets.length).toBeGreaterThan(0);
      for (const { name, key } of secrets) {
        const secret = of("Secret").find((each) => each.metadata.name === name);
        expect(Object.keys(secret?.data ?? {})).toContain(key);
      }
      const line = [...(container!.command ?? []), ...(container!.args ?? [])].join(" ");
      expect(line).toMatch(/--keyFile|--requirepass|--pass|mongo-set\.js/);
    }
  });

  it("gives nodes known settings with valid values", () => {
    for (const { spec } of of("Deployment")) {
      const [container] = spec.template!.spec.containers;
      const settings = Object.fromEntries([
        ...container!.envFrom!.flatMap(({ configMapRef, secretRef }) =>
          variablesOf(configMapRef?.name, secretRef?.name),
        ),
        ...container!.env!.map(({ name, value }) => [name, value ?? "name-of-the-pod"]),
      ]) as Record<string, string>;
      expect(SETTING_NAMES).toEqual(expect.arrayContaining(Object.keys(settings)));
      const config = loadConfig({ ...(folder === "base" && { NATS_URL: "nats://nats" }), ...settings });
      expect(spec.template!.spec.terminationGracePeriodSeconds).toBeGreaterThan(
        config.drainDelaySeconds + DRAIN_LIMIT_SECONDS,
      );
      if (folder !== "base")
        for (const url of [config.mongoUrl, config.redisUrl, config.natsUrl]) expect(url).toMatch(/:\/\/.*:.*@/);
    }
  });

  function expectThere(kind: string, name: string): void {
    expect(of(kind).map(({ metadata }) => metadata.name)).toContain(name);
  }

  /** The names and values in a ConfigMap or a Secret. */
  function variablesOf(configMap?: string, secret?: string): [string, string][] {
    if (configMap !== undefined) return Object.entries(named("ConfigMap", configMap)?.data ?? {});
    const data = Object.entries((secret !== undefined && named("Secret", secret)?.data) || {});
    return data.map(([name, value]) => [name, Buffer.from(value, "base64").toString()]);
  }
});

function matches(labels: Labels, selector: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
