import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import webPush from "web-push";
import { loadConfig } from "../../config/config.ts";
import { SETTING_NAMES } from "../../config/environment.ts";
import { ConfigError } from "../../lib/errors.ts";

async function readExample(): Promise<Record<string, string>> {
  const example = await readFile(join(import.meta.dirname, "../../.env.example"), "utf8");
  const shown = [...example.matchAll(/^#([A-Z][A-Z0-9_]*)=(.*)$/gm)];
  return Object.fromEntries(shown.map(([, name = "", value = ""]) => [name, value]));
}

describe(".env.example", () => {
  it("lists every setting and nothing else", async () => {
    expect(Object.keys(await readExample()).sort()).toEqual([...SETTING_NAMES].sort());
  });

  it("shows valid values", async () => {
    expect(loadConfig(await readExample())).toMatchObject({ port: 3000, fanoutLimit: 10_000, metricsPort: null });
  });
});

describe("a setting", () => {
  it.each([
    ["PORT", "http"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["PUBLIC_URL", "starling.example"],
    ["PUBLIC_URL", "ftp://starling.example"],
    ["PUBLIC_URL", "https://starling.example/path"],
    ["SERVICES", "api,nothing"],
    ["SERVICES", ","],
    ["NODE_ID", "a b"],
    ["NATS_URL", "http://nats"],
    ["MONGO_URL", "localhost"],
    ["REDIS_URL", "localhost:6379"],
    ["MEDIA_URL", "s3:/bucket"],
    ["TRUST_PROXY", "true"],
    ["RATE_LIMIT_SCALE", "0"],
    ["RATE_LIMIT_SCALE", "many"],
    ["LOG_LEVEL", "loud"],
    ["METRICS", "yes"],
    ["VAPID_PUBLIC_KEY", "not base64url"],
    ["VAPID_SUBJECT", "webmaster@starling.example"],
    ["PUSH_ALLOW_LOOPBACK", "sometimes"],
  ])("with a bad value is refused by name: %s=%s", (name, value) => {
    const refused = expect(() => loadConfig({ [name]: value }));
    refused.toThrow(ConfigError);
    refused.toThrow(new RegExp(`^  ${name}: must |^  ${name}: .*choose from`, "m"));
  });

  it("for push keys is refused without its other half, or with the half of another pair", () => {
    const [ours, others] = [webPush.generateVAPIDKeys(), webPush.generateVAPIDKeys()];
    const load = (publicKey?: string, privateKey?: string) =>
      loadConfig({ VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey });
    expect(load(ours.publicKey, ours.privateKey).vapidKeys).toEqual(ours);
    expect(load().vapidKeys).toBeNull();
    const refused = /^ {2}VAPID_PRIVATE_KEY: /m;
    expect(() => load(ours.publicKey)).toThrow(refused);
    expect(() => load(undefined, ours.privateKey)).toThrow(refused);
    expect(() => load(ours.publicKey, others.privateKey)).toThrow(refused);
    // Secrets must not reach the log.
    expect(() => load(others.publicKey, ours.privateKey)).not.toThrow(ours.privateKey);
  });

  it("that is empty counts as unset, and links contain the port", () => {
    expect(loadConfig({ PORT: "", PUBLIC_URL: "" })).toMatchObject({ port: 3000, publicUrl: "http://localhost:3000" });
    expect(loadConfig({ PORT: "8080" })).toMatchObject({ port: 8080, publicUrl: "http://localhost:8080" });
    expect(loadConfig({ PUBLIC_URL: "https://starling.example/" }).publicUrl).toBe("https://starling.example");
  });
});
