import { readFileSync } from "node:fs";
import type { Config } from "../../config/config.ts";
import { html, type Html } from "./html.ts";
import { layout } from "./layout.ts";
import { markdown } from "./markdown.ts";
import { named } from "./meta.ts";
import { type Site, SITE_NAME } from "./site.ts";

const PITCH = "A Twitter you can run yourself: one command on a laptop, the same code as a cluster.";

type HostSettings = Pick<Config, "hostName" | "hostContact" | "termsFile" | "privacyFile">;

/**
 * The pages that say whose server this is, by path: `/about`, and `/terms` and `/privacy` if the host has written them.
 *
 * @param version the version of the product
 * @throws Error when a file of the host can't be read
 */
export function hostPages(settings: HostSettings, site: Site, version: string): ReadonlyMap<string, string> {
  const texts = [
    { path: "/terms", title: "Terms of use", file: settings.termsFile },
    { path: "/privacy", title: "Privacy", file: settings.privacyFile },
  ].flatMap(({ path, title, file }) => (file === null ? [] : [{ path, title, text: readFileSync(file, "utf8") }]));
  const about = aboutOf(
    settings,
    version,
    texts.map(({ path, title }) => html`<li><a href="${path}">${title}</a></li>`),
  );
  return new Map([
    ["/about", page(`About ${SITE_NAME}`, about, site)],
    ...texts.map(({ path, title, text }) => [path, page(title, markdown(text), site)] as const),
  ]);
}

function aboutOf({ hostName, hostContact }: HostSettings, version: string, links: readonly Html[]): Html {
  const contact = hostContact && html`<a href="${hostContact}">${hostContact.replace(/^mailto:/, "")}</a>`;
  const host = hostName ? html`${hostName}${contact && html` (${contact})`}` : contact;
  return html`<p>${PITCH}</p>
    <p>
      ${host ? html`This server is run by ${host}.` : "The people who run this server have not said yet who they are."}
      It runs version ${version}.
    </p>
    <ul>
      ${links}
      <li><a href="/docs">How to use ${SITE_NAME} from a program</a></li>
    </ul>`;
}

function page(title: string, text: Html, site: Site): string {
  return layout(
    {
      title: `${title} · ${SITE_NAME}`,
      head: named("description", PITCH),
      main: html`<section class="share-card share-message">
        <h1>${title}</h1>
        ${text}
      </section>`,
    },
    // The client has no such screens, so it must not take these pages over.
    { publicUrl: site.publicUrl },
  );
}
