import { describe, expect, it } from "@jest/globals";
import { loadConfig } from "../../config/config.ts";
import { wantsHtml } from "../../services/gateway/accept.ts";
import { addressOf } from "../../services/gateway/address.ts";
import { isOwnOrigin } from "../../services/gateway/auth.ts";

const CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

describe("a page or JSON", () => {
  it.each([
    [CHROME, true],
    ["text/html", true],
    ["TEXT/HTML; charset=utf-8", true],
    ["text/*", true],
    ["text/html, application/json", true],
    ["application/json;q=0.5, text/html", true],
    ["application/json, text/html", false],
    ["text/html;q=0.5, application/json", false],
    ["text/html;q=0", false],
    ["application/json, text/plain, */*", false],
    ["*/*, text/html;q=0.5", false],
    ["text/html;q=0.1, */*", false],
    ["text/html;q=0.1, */*;q=0.05", true],
    ["application/*, text/html;q=0.5", false],
    ["application/*;q=0.4, text/html;q=0.5", true],
    ["text/html, application/*", true],
    ["application/*, text/html", false],
    ["text/*, application/*", true],
    ["*/*, text/html", false],
    ["text/html, */*", true],
    ["application/json;q=0, */*", true],
    ["text/html;q=0, */*", false],
    ["text/*, text/html;q=0, application/json;q=0.1", false],
    ["application/*", false],
    ["application/json", false],
    ["*/*", false],
    ["", false],
    [undefined, false],
    // Longer than any browser's.
    [`text/html${", a/b".repeat(190)}`, true],
    [`text/html${", a/b".repeat(250)}`, false],
  ])("for Accept: %s", (accept, page) => {
    expect(wantsHtml({ headers: accept === undefined ? {} : { accept } })).toBe(page);
  });

  it("is a page for sites that preview links, although they accept any type", () => {
    const facebook = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)";
    for (const agent of [facebook, "Twitterbot/1.0", "Slackbot-LinkExpanding 1.0", "WhatsApp/2.23"]) {
      expect(wantsHtml({ headers: { accept: "*/*", "user-agent": agent } })).toBe(true);
      expect(wantsHtml({ headers: { "user-agent": agent } })).toBe(true);
      expect(wantsHtml({ headers: { accept: "application/json", "user-agent": agent } })).toBe(false);
    }
    for (const agent of ["curl/8.5.0", "node", "python-requests/2.32", "Mozilla/5.0"]) {
      expect(wantsHtml({ headers: { accept: "*/*", "user-agent": agent } })).toBe(false);
    }
  });
});

describe("an Origin", () => {
  it.each([
    ["https://starling.example", "https://starling.example", true],
    ["https://starling.example", "https://starling.example/", false],
    ["https://starling.example", "https://starling.example:8443", false],
    ["https://starling.example", "https://STARLING.example", false],
    ["https://starling.example", "null", false],
    ["https://starling.example", "https://node.internal", false],
    ["https://starling.example", "http://node.internal", false],
    ["http://starling.example", "http://node.internal", false],
    ["", "http://localhost:3000", true],
    ["", "http://node.internal", true],
    ["", "https://node.internal", true],
    ["", "http://other.internal", false],
    ["", "http://somebody@node.internal", false],
    ["", "http://node.internal/path", false],
    ["", "ftp://node.internal", false],
    ["", "", false],
  ])("for PUBLIC_URL=%s, requested at the host node.internal: %s", (PUBLIC_URL, origin, own) => {
    expect(isOwnOrigin({ headers: { origin, host: "node.internal" } }, loadConfig({ PUBLIC_URL }))).toBe(own);
  });
});

describe("the address that a request is counted by", () => {
  const from = (remoteAddress: string, forwarded?: string) => ({
    socket: { remoteAddress } as never,
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  });

  it.each([
    ["192.0.2.1", "198.51.100.9", 0, "192.0.2.1"],
    ["192.0.2.1", undefined, 1, "192.0.2.1"],
    ["192.0.2.1", "", 1, "192.0.2.1"],
    ["192.0.2.1", "198.51.100.9", 1, "198.51.100.9"],
    ["192.0.2.1", "1.1.1.1, 198.51.100.9", 1, "198.51.100.9"],
    ["192.0.2.1", "1.1.1.1, 198.51.100.9, 10.0.0.7", 2, "198.51.100.9"],
    ["192.0.2.1", "198.51.100.9", 2, "192.0.2.1"],
    ["192.0.2.1", "198.51.100.9:4711", 1, "198.51.100.9"],
    ["192.0.2.1", "[2001:db8::1]:4711", 1, "2001:db8:0:0::/64"],
    ["192.0.2.1", "unknown", 1, "192.0.2.1"],
    ["192.0.2.1", `${"x".repeat(5000)}`, 1, "192.0.2.1"],
  ])("of %s, forwarded for %s behind %d proxies", (direct, forwarded, trusted, counted) => {
    expect(addressOf(from(direct, forwarded), trusted)).toBe(counted);
  });

  it("is the same for all addresses of an IPv6 customer, and for both spellings of an IPv4 address", () => {
    const counted = (address: string) => addressOf(from(address), 0);
    expect(counted("2001:db8:1:2::1")).toBe(counted("2001:0DB8:0001:0002:ffff:ffff:ffff:ffff"));
    expect(counted("2001:db8:1:2::1")).not.toBe(counted("2001:db8:1:3::1"));
    expect(counted("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
    expect(counted("::1")).toBe("0:0:0:0::/64");
    expect(counted("::ffff:192.0.2.1")).toBe("192.0.2.1");
  });
});
