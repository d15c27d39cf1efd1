import { html, type Html } from "../../pages/html.ts";
import { idOf, inline, markdown } from "../../pages/markdown.ts";
import { ICON_URL, LOGO } from "../../pages/logo.ts";
import { SITE_NAME } from "../../pages/site.ts";
import type { Asyncapi, Openapi } from "./document.ts";
import { hiddenCode, jsonOf, operationSection } from "./operation.ts";
import { fieldsOf, fieldTable, typeOf } from "./schema.ts";
import { gettingStarted } from "./start.ts";

/** The sections of a description in Markdown, by their headings. The text before the first has none. */
function chaptersOf(description: string): { title: string; text: string }[] {
  const [first = "", ...rest] = description.split(/^## /m);
  const chapters = rest.map((chapter) => {
    const end = chapter.indexOf("\n");
    return { title: chapter.slice(0, end), text: chapter.slice(end) };
  });
  return [{ title: "", text: first }, ...chapters];
}

/**
 * Renders the page that explains the API, from its descriptions. It works without JavaScript.
 *
 * @param assets the paths of the stylesheet and the script
 */
export function renderDocs(openapi: Openapi, asyncapi: Asyncapi, assets: { style: string; script: string }): string {
  const { tags, info } = openapi;
  const [introduction, ...chapters] = chaptersOf(info.description);
  const [guide, ...liveChapters] = chaptersOf(asyncapi.info.description);
  const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const ofTag = (tag: string) => operations.filter(({ operation }) => operation.tags[0] === tag);
  const links = [
    ["start", "Getting started"],
    ...chapters.map(({ title }) => [idOf(title), title]),
    ...tags.map(({ name }) => [idOf(name), name]),
    ["live", "Live events"],
    ["shapes", "Shapes"],
  ];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>The API · ${SITE_NAME}</title>
        <meta
          name="description"
          content="How to use ${SITE_NAME} from a program: requests, errors, limits and live events."
        />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="${ICON_URL}" />
        <link rel="stylesheet" href="${assets.style}" />
        <script src="${assets.script}" type="module"></script>
      </head>
      <body>
        <header>
          <a class="home" href="/">${LOGO}<span>${SITE_NAME}</span></a>
        </header>
        <nav aria-label="Contents">
          <ul>
            ${links.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
          </ul>
        </nav>
        <main>
          <h1>The API</h1>
          ${markdown(introduction!.text)}
          <p>
            Version ${info.version}. For tools: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1) and
            <a href="/asyncapi.json">/asyncapi.json</a> (AsyncAPI 3.0).
          </p>
          <section id="start">
            <h2>Getting started</h2>
            ${gettingStarted(openapi.servers[0]!.url)}
          </section>
          ${chapters.map(
            ({ title, text }) =>
              html`<section>
                <h2 id="${idOf(title)}">${title}</h2>
                ${markdown(text, 3)}
              </section>`,
          )}
          ${tags.map(
            ({ name }) =>
              html`<h2 id="${idOf(name)}">${name}</h2>
                <ul class="index">
                  ${ofTag(name).map(({ operation }) => html`<li><a href="#${operation.operationId}">${operation.operationId}</a>: ${inline(operation.summary)}</li>`)}
                </ul>
                ${ofTag(name).map(({ path, method, operation }) => operationSection(openapi, path, method, operation))}`,
          )}
          <section>
            <h2 id="live">Live events</h2>
            ${markdown(guide!.text, 3)}
            <h3 id="events">Events that the server sends</h3>
            ${messages(asyncapi, "send")}
            <h3 id="requests">Requests that a client sends</h3>
            ${messages(asyncapi, "receive")}
            ${liveChapters.map(
              ({ title, text }) =>
                html`<h3 id="${idOf(title)}">${title}</h3>
                  ${markdown(text, 4)}`,
            )}
          </section>
          <section>
            <h2 id="shapes">Shapes</h2>
            ${shapes(openapi)}
          </section>
        </main>
        <footer><a href="/">${SITE_NAME}</a> <a href="/about">About</a></footer>
      </body>
    </html> `.markup;
}

function messages({ operations, components }: Asyncapi, action: "send" | "receive"): Html {
  return html`${Object.entries(operations)
    .filter(([, operation]) => operation.action === action)
    .map(([id, { summary }]) => {
      const { name, payload, examples = [] } = components.messages[id]!;
      const answer = components.messages[`${id}Answer`];
      const [example] = examples;
      const [answerExample] = answer?.examples ?? [];
      return html`<section id="live-${id}">
        <h4>
          <a href="#live-${id}"><code>${name}</code></a>
        </h4>
        <p>${inline(summary)}</p>
        <p>
          Payload:
          <span class="type">${payload.type === "null" ? "none" : typeOf(payload)}</span
          >${answer && html`. Acknowledgement: <span class="type">${typeOf(answer.payload)}</span>, or <span class="type">{ error: <a href="#Problem">Problem</a> }</span>`}
        </p>
        ${example && hiddenCode("Example", jsonOf(example.payload), "json")}${answerExample && hiddenCode("Example of the acknowledgement", jsonOf(answerExample.payload), "json")}
      </section>`;
    })}`;
}

function shapes({ components }: Openapi): Html {
  return html`${Object.entries(components.schemas).map(
    ([name, schema]) =>
      html`<section id="${name}">
        <h3><a href="#${name}">${name}</a></h3>
        ${schema.description && html`<p>${schema.description}</p>`}${fieldTable(`Fields of ${name}`, fieldsOf(schema))}
      </section>`,
  )}`;
}
