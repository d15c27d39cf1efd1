// The pages on which a host says whose server this is.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import { type StartedServer, startServer } from "../../dev/start.ts";
import { temporaryFolder } from "../helper.ts";

const TERMS = `# Rules

Be **kind**, see [our page](https://example.com/rules) or [write](mailto:us@example.com).

| what | how often |
| ---- | --------- |
| spam | \`never\` |

<script>alert(1)</script> [click](javascript:alert(1)) ![pixel](https://example.com/pixel.png)
`;

let server: StartedServer | undefined;
afterEach(() => server?.stop());

async function page(path: string): Promise<{ status: number; text: string }> {
  const reply = await fetch(server!.url + path, { headers: { accept: "text/html" } });
  return { status: reply.status, text: await reply.text() };
}

describe("the pages of a host", () => {
  it("name the host, and show its terms without what could harm", async () => {
    const folder = await temporaryFolder();
    const TERMS_FILE = join(folder, "terms.md");
    await writeFile(TERMS_FILE, TERMS);
    const HOST_NAME = "The library of <Lidköping>";
    server = await startServer({ DATA_DIR: folder, HOST_NAME, HOST_CONTACT: "mailto:us@example.com", TERMS_FILE });
    const about = await page("/about");
    expect(about.status).toBe(200);
    expect(about.text).toContain("The library of &lt;Lidköping&gt;");
    expect(about.text).toContain(`<a href="mailto:us@example.com">us@example.com</a>`);
    expect(about.text).toContain(`<a href="/terms">`);
    expect(about.text).not.toContain(`href="/privacy"`);
    const terms = await page("/terms");
    expect(terms.status).toBe(200);
    for (const part of [
      `<h2 id="rules">Rules</h2>`,
      "<strong>kind</strong>",
      `<a href="https://example.com/rules">our page</a>`,
      "<code>never</code>",
      "&lt;script&gt;alert(1)",
    ])
      expect(terms.text).toContain(part);
    for (const part of ["<script>alert", `href="javascript:`, "<img"]) expect(terms.text).not.toContain(part);
    expect((await page("/privacy")).status).toBe(404);
  });

  it("say that nobody is named, if nobody is", async () => {
    server = await startServer({ DATA_DIR: await temporaryFolder() });
    expect((await page("/about")).text).toContain("have not said yet who they are");
  });

  it("stop a server whose host gave a file that can't be read", async () => {
    const missing = join(await temporaryFolder(), "missing.md");
    await expect(startServer({ DATA_DIR: await temporaryFolder(), TERMS_FILE: missing })).rejects.toThrow("missing.md");
  });
});
