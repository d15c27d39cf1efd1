import { describe, expect, it } from "@jest/globals";
import { eventually, useStarling } from "../../helper.ts";
import { accessibilityViolations, shoot, WINDOWS } from "../../support/browser.ts";
import { textField } from "../../support/composer.ts";
import { useBrowser } from "../../support/web.ts";

const starling = useStarling();
const { visit } = useBrowser();

const FOCUSED = "document.activeElement.type";

describe("the emojis of the composer", () => {
  it("are found by name, and go to the caret", async () => {
    const { alice } = await starling.cast("alice");
    const { page } = await visit(starling.url, alice);
    await textField(page).fill("abcd");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("button", { name: "Add an emoji" }).click();
    await eventually(async () => expect(await page.evaluate(FOCUSED)).toBe("search"));
    await page.keyboard.type("nerd");
    await page.getByRole("button", { name: "nerd face" }).waitFor();
    await page.keyboard.press("Enter");
    await eventually(async () => expect(await textField(page).inputValue()).toBe("ab🤓cd"));
    await eventually(async () => expect(await page.evaluate(FOCUSED)).toBe("textarea"));
    await page.keyboard.type("n");
    expect(await textField(page).inputValue()).toBe("ab🤓ncd");
  });

  it("are chosen with the arrow keys, and the last ones come first the next time", async () => {
    const { alice } = await starling.cast("alice");
    const { page } = await visit(starling.url, alice, "/", { viewport: WINDOWS.phone, reducedMotion: "reduce" });
    await page.keyboard.press("n");
    const dialog = page.getByRole("dialog", { name: "Emoji" });
    const open = () => page.getByRole("button", { name: "Add an emoji" }).last().click();
    await open();
    await dialog.getByRole("combobox", { name: "Group" }).selectOption("Animals & nature");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await shoot(page, `web-emoji-phone-${colorScheme}`);
      expect(await accessibilityViolations(page)).toEqual([]);
    }
    await dialog.getByRole("combobox", { name: "Group" }).focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await eventually(async () => expect(await textField(page).last().inputValue()).toBe("🐒"));
    await open();
    await dialog.getByRole("group", { name: "Recently used" }).getByRole("button", { name: "monkey" }).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await textField(page).last().inputValue()).toBe("🐒");
    await page.keyboard.type("!");
    await eventually(async () => expect(await textField(page).last().inputValue()).toBe("🐒!"));
  });
});
