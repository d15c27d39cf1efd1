import { expect, it } from "@jest/globals";
import { PASSWORD, useStarling } from "../../helper.ts";
import { shoot } from "../../support/browser.ts";
import { useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();

const ANDROID =
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36";

it("lists devices by name, with the time and the address of their logins, and marks this one", async () => {
  const { alice } = await starling.cast("alice");
  const login = await fetch(`${starling.url}/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": ANDROID },
    body: JSON.stringify({ username: alice.username, password: PASSWORD }),
  });
  expect(login.status).toBe(200);
  const { page } = await visit(starling.url, alice, "/settings");
  const devices = page.getByRole("region", { name: "Devices" }).getByRole("listitem");
  const strange = devices.filter({ hasText: "Chrome on Android" });
  await strange.getByText(/^Logged in: /).waitFor();
  await strange.getByText(/^Last seen: /).waitFor();
  await strange.getByText(/^From the address (127\.0\.0\.1|0:0:0:0::\/64)$/).waitFor();
  await shoot(page, "web-devices");
  expect(await devices.count()).toBe(2);
  expect(await devices.filter({ hasText: "This device" }).count()).toBe(1);
  expect(await strange.getByText("This device").count()).toBe(0);
  await strange.getByRole("button", { name: "Log out Chrome on Android" }).click();
  await strange.waitFor({ state: "detached" });
});
