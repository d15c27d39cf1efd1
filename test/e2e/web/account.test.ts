import { describe, expect, it } from "@jest/globals";
import { eventually, uniqueName, useStarling } from "../../helper.ts";
import { WINDOWS } from "../../support/browser.ts";
import { EXPECTED, textsOn, untilLive, useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();
const PASSWORD = "correct horse";

describe("a new user", () => {
  it.each(Object.entries(WINDOWS))("signs up and sends a first live tweet on a %s", async (window, viewport) => {
    const name = uniqueName(window);
    const newcomer = await visit(starling.url, null, "/", { viewport });
    const { page } = newcomer;
    const watcher = await visit(starling.url, null, "/");
    // Signing up takes two fields and one click.
    await page.getByLabel("Username").fill(name);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.getByRole("heading", { name: "Home" }).waitFor();
    await watcher.page.goto(`${starling.url}/user/${name}`);
    await watcher.page.getByText("No tweets yet").waitFor();
    await untilLive(watcher.page);
    // The composer is there at once, and one more click sends the tweet.
    await page.getByRole("textbox", { name: "What is happening?" }).fill("My first tweet");
    await page.getByRole("button", { name: "Tweet", exact: true }).last().click();
    await page.getByRole("feed").getByText("My first tweet").waitFor();
    await watcher.page.getByRole("feed").getByText("My first tweet").waitFor();
    expect(await textsOn(page)).toEqual(["My first tweet"]);
  });

  it("finds people to follow in the suggestions and by name", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.tweet("Who reads this?");
    await eventually(async () => expect((await alice.api.get("/users")).text).toContain(bob.username));
    const { page } = await visit(starling.url, alice, "/", { viewport: WINDOWS.phone });
    await page.getByRole("button", { name: "Follow bob" }).first().click();
    await page.getByRole("feed").getByText("Who reads this?").waitFor();
    await page.getByRole("link", { name: "Find people" }).first().click();
    await page.getByRole("searchbox").fill(bob.username.slice(0, -1));
    await page.getByRole("list", { name: "People found" }).getByText(`@${bob.username}`).click();
    await page.getByRole("button", { name: "Following" }).waitFor();
  });

  it("follows the profile that they came for, once they have an account", async () => {
    const { bob } = await starling.cast("bob");
    const { page } = await visit(starling.url, null, `/user/${bob.username}`);
    await page.getByRole("button", { name: "Follow" }).click();
    await page.getByLabel("Username").fill(uniqueName("fan"));
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.getByRole("heading", { name: "bob", level: 2 }).waitFor();
    await page.getByRole("button", { name: "Following" }).waitFor();
  });

  it("sees an error at the field that it belongs to", async () => {
    const { alice } = await starling.cast("alice");
    const { page, expectComplaints } = await visit(starling.url, null, "/signup");
    expectComplaints(EXPECTED.conflict);
    expect(await page.getByLabel("Username").getAttribute("title")).toBe("Up to 30 letters, digits or underscores");
    await page.getByLabel("Username").fill(alice.username.toLowerCase());
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.getByText("This username is taken.").waitFor();
    expect(await page.getByLabel("Username").getAttribute("aria-invalid")).toBe("true");
  });
});

describe("a visitor", () => {
  it("is asked to log in where an account is needed, and to sign up elsewhere", async () => {
    const { page } = await visit(starling.url, null, "/settings");
    await page.getByRole("button", { name: "Log in" }).waitFor();
    expect(await page.title()).toBe("Log in · Starling");
    expect(await page.getByRole("button", { name: "Sign up" }).count()).toBe(0);
    await page.goto(starling.url);
    await page.getByRole("button", { name: "Sign up" }).waitFor();
  });

  it("learns why a login failed, and when to try again after too many", async () => {
    const { alice } = await starling.cast("alice");
    const { page, expectComplaints } = await visit(starling.url, null, "/login");
    expectComplaints(EXPECTED.unauthorized, /status of 429/);
    await page.getByLabel("Username").fill(alice.username);
    await page.getByLabel("Password").fill("a wrong guess");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("Wrong username or password.", { exact: true }).waitFor();
    await page.route("**/auth/login", (route) =>
      route.fulfill({ status: 429, headers: { "retry-after": "812" }, body: "" }),
    );
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("Too many attempts. Try again in 14 minutes.", { exact: true }).waitFor();
  });
});

describe("a user", () => {
  it("edits the profile, changes the password, logs out and logs in again", async () => {
    const { alice } = await starling.cast("alice");
    const window = await visit(starling.url, alice, "/settings");
    const { page } = window;
    await page.getByLabel("Name", { exact: true }).fill("Alice Liddell");
    await page.getByLabel("Bio").fill("Falls into holes.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Profile saved").waitFor();
    await page.getByLabel("Current password").fill("correct horse battery");
    await page.getByLabel("New password").fill("another horse battery");
    await page.getByRole("button", { name: "Change password" }).click();
    await page.getByText("Password changed.", { exact: false }).waitFor();
    await page.getByText("This device", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Log out", exact: true }).click();
    await page.getByRole("button", { name: "Sign up" }).waitFor();

    await page.goto(`${starling.url}/login`);
    await page.getByLabel("Username").fill(alice.username);
    await page.getByLabel("Password").fill("another horse battery");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Home" }).waitFor();
    await page.goto(`${starling.url}/user/${alice.username}`);
    await page.getByRole("heading", { name: "Alice Liddell", level: 2 }).waitFor();
    await page.getByText("Falls into holes.").waitFor();
  });

  it("keeps the chosen appearance after a reload", async () => {
    const { alice } = await starling.cast("alice");
    const { page } = await visit(starling.url, alice, "/settings", { colorScheme: "light" });
    const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    await page.getByLabel("Dark").check();
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.getByLabel("Dark").waitFor();
    expect(await ground()).not.toBe(light);
  });
});
