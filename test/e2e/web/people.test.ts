import { describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { eventually, type NotificationsPage, type ProfilePage, useStarling } from "../../helper.ts";
import { accessibilityViolations, shoot, WINDOWS } from "../../support/browser.ts";
import { useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();

/** The accessible name of the button that has the focus. */
const focused = (page: Page) =>
  page.evaluate<string>(`(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()`);

async function shootBoth(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await shoot(page, `${name}-${colorScheme}`);
    expect(await accessibilityViolations(page)).toEqual([]);
  }
}

describe("a list of people", () => {
  it.each(Object.entries(WINDOWS))("shows bios and who follows back, and follows, on a %s", async (name, viewport) => {
    const { alice, bob, carol } = await starling.cast("alice", "bob", "carol");
    await bob.api.patch("/user", {
      bio: "Watches birds at the lake, and writes about every single one of them. ".repeat(2),
    });
    for (const person of [alice, bob]) await person.follow(carol);
    await bob.follow(alice);
    await eventually(async () => {
      const { body } = await alice.api.get<NotificationsPage>("/notifications");
      await alice.api.post("/notifications/read", { upTo: body.notifications[0]?.id });
      expect(body.unread).toBe(0);
    });
    const { page } = await visit(starling.url, alice, `/user/${carol.username}/followers`, { viewport });
    const row = page.locator(".people li", { hasText: `@${bob.username}` });
    await row.getByText("Watches birds").waitFor();
    await row.getByText("Follows you").waitFor();
    expect(
      await page
        .locator(".people li", { hasText: `@${alice.username}` })
        .getByRole("button")
        .count(),
    ).toBe(0);
    await shootBoth(page, `people-followers-${name}`);
    await row.getByRole("button", { name: "Follow back bob" }).focus();
    await page.keyboard.press("Enter");
    await row.getByRole("button", { name: "Following bob" }).waitFor();
    expect(await focused(page)).toBe("Following bob");
    await row.getByRole("link").click();
    await page.getByRole("button", { name: "Following", exact: true }).waitFor();
  });

  it("takes an unfollow back, with the notifications as they were", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.follow(bob, { notify: false });
    const { page } = await visit(starling.url, alice, `/user/${alice.username}/following`);
    await page.getByRole("button", { name: "Following bob" }).click();
    await page.getByRole("button", { name: "Follow bob", exact: true }).waitFor();
    expect(await focused(page)).toBe("Follow bob");
    // The toast stays while the mouse is at it.
    await page.getByRole("button", { name: "Undo" }).hover();
    await shootBoth(page, "people-undo");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "Following bob" }).waitFor();
    expect(await focused(page)).toBe("Following bob");
    const { user } = (await alice.api.get<ProfilePage>(`/user/${bob.username}`)).body;
    expect(user.viewer).toEqual({ following: true, followedBy: false, notify: false });
  });
});

describe("suggestions", () => {
  it("keep whom one has just followed, until one goes elsewhere", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await bob.tweet("Who reads this?");
    await eventually(async () => expect((await alice.api.get("/users")).text).toContain(bob.username));
    const { page } = await visit(starling.url, alice, "/");
    const row = page.getByRole("complementary").locator("li", { hasText: `@${bob.username}` });
    await row.getByRole("button", { name: "Follow bob" }).focus();
    await page.keyboard.press("Enter");
    await row.getByRole("button", { name: "Following bob" }).waitFor();
    await page.getByRole("feed").getByText("Who reads this?").waitFor();
    expect(await focused(page)).toBe("Following bob");
    await page.getByRole("link", { name: "Profile" }).first().click();
    await page.getByText("No tweets yet").waitFor();
    expect(await row.count()).toBe(0);
  });

  it("show a visitor who is active, and say so where nobody is", async () => {
    const { bob } = await starling.cast("bob");
    await bob.tweet("Good morning");
    await eventually(async () => expect((await starling.api.get("/users")).text).toContain(bob.username));
    const { page } = await visit(starling.url, null, "/");
    await page.getByRole("region", { name: "Active now" }).getByText(`@${bob.username}`).waitFor();
    await shootBoth(page, "people-welcome");
    await page.setViewportSize(WINDOWS.phone);
    await shootBoth(page, "people-welcome-phone");
    await page.getByRole("link", { name: "Find people" }).click();
    await page.getByText(`@${bob.username}`).waitFor();
    await page.route(/\/users(\?|$)/, (route) =>
      route.request().headers()["accept"] === "application/json"
        ? route.fulfill({ json: { users: [] } })
        : route.continue(),
    );
    await page.reload();
    await page.getByText("No one has tweeted lately").waitFor();
    await page.getByRole("link", { name: "Create your account" }).waitFor();
    await shootBoth(page, "people-find-empty");
  });
});

describe("a search", () => {
  it("finds people by their names", async () => {
    const { maria, kenji } = await starling.cast("maria", "kenji");
    await maria.api.patch("/user", { displayName: "Maria Lindqvist", bio: "Bird rings" });
    await kenji.api.patch("/user", { displayName: "田中 健二" });
    const { page } = await visit(starling.url, maria, "/users", { viewport: WINDOWS.phone });
    await page.getByRole("searchbox").fill("lindq");
    await page.getByRole("list", { name: "People found" }).getByText(`@${maria.username}`).waitFor();
    await page.getByRole("searchbox").fill("中");
    await page.getByRole("list", { name: "People found" }).getByText(`@${kenji.username}`).waitFor();
    await page.getByRole("searchbox").fill("#murmuration");
    await page.getByText("No one found").waitFor();
  });
});

describe("the composer", () => {
  it("offers names after an @: those one follows first, then others, by keys and by tap", async () => {
    const { alice, bob, bobby } = await starling.cast("alice", "bob", "bobby");
    await bobby.api.patch("/user", { displayName: "Robert Lake" });
    await alice.follow(bobby);
    const { page } = await visit(starling.url, alice, "/");
    const field = page.getByRole("textbox", { name: "What is happening?" });
    const options = page.getByRole("option");
    await field.pressSequentially("Hello @lak");
    await options.filter({ hasText: "Robert Lake" }).waitFor();
    await shootBoth(page, "people-names");
    await page.keyboard.press("Enter");
    expect(await field.inputValue()).toBe(`Hello @${bobby.username} `);
    await page.keyboard.type(`and @${bob.username.slice(0, -1)}`);
    await options.filter({ hasText: `@${bob.username}` }).waitFor();
    expect(await field.getAttribute("aria-activedescendant")).toBe(await options.first().getAttribute("id"));
    await page.keyboard.press("Escape");
    await options.first().waitFor({ state: "detached" });
    await page.keyboard.press("Backspace");
    expect(await options.count()).toBe(0);

    // In the middle of a text, and in one that runs from right to left.
    await field.fill("שלום  לכולם");
    for (let times = 0; times < 6; times += 1) await page.keyboard.press("ArrowRight");
    await page.keyboard.type("@");
    await options.filter({ hasText: "Robert Lake" }).waitFor();
    await shoot(page, "people-names-rtl");
    await options.first().click();
    expect(await field.inputValue()).toBe(`שלום @${bobby.username} לכולם`);
    expect(await focused(page)).toBe("What is happening?");
    await page.keyboard.type("!");
    expect(await field.inputValue()).toBe(`שלום @${bobby.username}! לכולם`);
  });

  it("leaves Enter, Tab and Escape alone where no names are offered, and in a dialog closes the list alone", async () => {
    const { alice, bob } = await starling.cast("alice", "bob");
    await alice.follow(bob);
    const { page } = await visit(starling.url, alice, "/", { viewport: WINDOWS.phone, hasTouch: true });
    await page.getByText("Nothing here yet").waitFor();
    await page.keyboard.press("n");
    const field = page.getByRole("dialog").getByRole("textbox");
    await field.pressSequentially("mail me@example.com\n@b");
    await page.getByRole("option").first().waitFor();
    await shoot(page, "people-names-phone");
    await page.keyboard.press("Escape");
    await page.getByRole("option").first().waitFor({ state: "detached" });
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.type("@");
    await page.getByRole("option").first().tap();
    expect(await field.inputValue()).toBe(`mail me@example.com\n@b\n@${bob.username} `);
  });
});
