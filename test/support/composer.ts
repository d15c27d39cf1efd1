import type { Page } from "playwright-core";

/** What tests do with the composer. The dialog's composer counts, if it is open. */

export const textField = (page: Page) => page.getByRole("textbox", { name: "What is happening?" }).last();

export const sendTweet = (page: Page) => page.getByRole("button", { name: "Tweet", exact: true }).last().click();

/** Files for the file chooser: paths on the disk, or contents. */
type Picked = string | { name: string; mimeType: string; buffer: Buffer };

/** Picks files through the file chooser. */
export async function pick(page: Page, ...files: Picked[]): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Add pictures or a video" }).last().click();
  await (await chooser).setFiles(files as string[]);
}
