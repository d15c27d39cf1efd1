import { describe, expect, it } from "@jest/globals";
import { docsReply } from "../../services/api/docs/docs.ts";

describe("docsReply", () => {
  it("returns the page and all files that the page loads", async () => {
    const page = (await docsReply("/docs"))?.plain;
    expect(page?.headers?.["Content-Type"]).toBe("text/html; charset=utf-8");
    const paths = [...String(page?.body).matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, path = ""]) => path);
    expect(paths).toHaveLength(4);
    for (const path of paths) {
      const found = await docsReply(path);
      expect(found?.plain).toMatchObject({ headers: { "Cache-Control": "public, max-age=31536000, immutable" } });
      expect((found?.plain.body as Buffer).length).toBeGreaterThan(0);
    }
    expect(String(page?.body)).not.toMatch(/https?:\/\//);
  });

  it.each(["/docs/assets/", "/docs/assets/../docs.ts", "/docs/assets/package.json", "/", "__proto__"])(
    "returns nothing for %s",
    async (path) => expect(await docsReply(path)).toBeNull(),
  );
});
