import { content, html, type Html } from "../../pages/html.ts";
import { inline, markdown } from "../../pages/markdown.ts";
import { nameOfRef, type Openapi, type Operation, type Reply } from "./document.ts";
import { asCurl, asFetch, exampleOf } from "./request.ts";
import { fieldsOf, fieldTable, typeOf } from "./schema.ts";

/** Renders code. @param language of the code: sh, js or json */
export function codeBlock(code: string, language: string): Html {
  return html`<pre class="${language}"><code>${content(code)}</code></pre>`;
}

/** An example that is shown on demand. */
export function hiddenCode(title: string, code: string, language: string): Html {
  return html`<details>
    <summary>${title}</summary>
    ${codeBlock(code, language)}
  </details>`;
}

export function jsonOf(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** The section of an operation. */
export function operationSection(openapi: Openapi, path: string, method: string, operation: Operation): Html {
  const { operationId: name, summary, description, security, responses } = operation;
  const example = exampleOf(openapi.servers[0]!.url, path, method, operation);
  const needs =
    security.length === 0 ? null : html`<p>${security.length === 3 ? "The token is optional." : "Needs a token."}</p>`;
  return html`<section id="${name}">
    <h3><a href="#${name}">${name}</a></h3>
    <p class="route"><strong>${method.toUpperCase()}</strong> <code>${path}</code></p>
    <p>${inline(`${summary}.`)}</p>
    ${description && markdown(description, 4)}${needs} ${inputs(openapi, operation)} ${codeBlock(asCurl(example), "sh")}
    ${hiddenCode("The same with fetch", asFetch(example), "js")}
    ${Object.entries(responses)
      .filter(([status]) => Number(status) < 400)
      .map(([status, reply]) => successOf(status, reply))}
    ${problems(openapi, responses)}
  </section>`;
}

function inputs(openapi: Openapi, { parameters = [], requestBody }: Operation): Html {
  const asked = parameters.map(({ name, required = false, schema, description }) => ({
    name,
    isRequired: required,
    schema: { ...schema, ...(description !== undefined && { description }) },
  }));
  const [body] = Object.values(requestBody?.content ?? {});
  const schema = body?.schema.$ref ? openapi.components.schemas[nameOfRef(body.schema.$ref)] : body?.schema;
  return html`${asked.length > 0 && fieldTable("Parameters", asked)}${schema && fieldTable("Body", fieldsOf(schema))}`;
}

function successOf(status: string, { description, content: bodies = {} }: Reply): Html {
  const types = Object.keys(bodies);
  const json = bodies["application/json"];
  const files = types.filter((type) => type !== "application/json" && type !== "text/html").join(", ");
  const body = json ? html`: <span class="type">${typeOf(json.schema)}</span>` : files && html`: ${files}`;
  const example = json?.example;
  return html`<p><strong>${status}</strong> ${inline(description)}${body}</p>
    ${example !== undefined && hiddenCode("Example", jsonOf(example), "json")}`;
}

function problems({ components }: Openapi, responses: Operation["responses"]): Html | null {
  const found = Object.entries(responses).flatMap(([status, reply]) => {
    const { content: bodies } = reply.$ref ? components.responses[nameOfRef(reply.$ref)]! : reply;
    const codes = bodies?.["application/problem+json"]?.schema.allOf?.[1]?.properties?.["code"]?.enum ?? [];
    return codes.length > 0 ? [`${status} ${codes.map((code) => `\`${code as string}\``).join(", ")}`] : [];
  });
  return found.length === 0
    ? null
    : html`<p class="problems"><a href="#codes-of-problems">Problems</a>: ${inline(found.join("; "))}</p>`;
}
