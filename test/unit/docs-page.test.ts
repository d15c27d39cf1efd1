import { describe, expect, it } from "@jest/globals";
import { docsAnswer } from "../../services/api/docs/docs.ts";

describe("docsAnswer", () => {
  it("gives the page, and all that it loads", () => {
    const page = docsAnswer("/docs");
    expect(page?.contentType).toBe("text/html; charset=utf-8");
    const paths = [...String(page?.body).matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, path = ""]) => path);
    expect(paths).toHaveLength(4);
    for (const path of paths) {
      expect(docsAnswer(path)).toMatchObject({ cacheControl: "public, max-age=31536000, immutable" });
      expect(docsAnswer(path)?.body.length).toBeGreaterThan(0);
    }
    expect(String(page?.body)).not.toMatch(/https?:\/\//);
  });

  it.each(["/docs/assets/", "/docs/assets/../docs.ts", "/docs/assets/package.json", "/", "__proto__"])(
    "knows nothing at %s",
    (path) => expect(docsAnswer(path)).toBeNull(),
  );
});
