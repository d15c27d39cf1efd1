import { html, type Html } from "../../pages/html.ts";
import { inline } from "../../pages/markdown.ts";
import { nameOfRef, type Schema } from "./document.ts";

/** Longer patterns tell a reader nothing that the description doesn't. */
const PATTERN_LIMIT_CHARACTERS = 60;

/** A type as TypeScript writes it, with links to the shapes that have a name. */
export function typeOf(schema: Schema): Html {
  const { $ref, type, items, properties, anyOf, oneOf } = schema;
  if ($ref) {
    const name = nameOfRef($ref);
    return html`<a href="#${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`${JSON.stringify(schema.const)}`;
  if (schema.enum) return html`${schema.enum.map((each) => JSON.stringify(each)).join(" | ")}`;
  const choices = anyOf ?? oneOf;
  if (choices) return joined(choices.map(typeOf), " | ");
  if (Array.isArray(type)) return html`${type.join(" | ")}`;
  if (type === "array" && items) return html`${typeOf(items)}[]`;
  if (type === "object" && properties) {
    const { required = [] } = schema;
    const fields = Object.entries(properties).map(
      ([name, each]) => html`${name}${required.includes(name) ? "" : "?"}: ${typeOf(each)}`,
    );
    return html`{ ${joined(fields, ", ")} }`;
  }
  return html`${typeof type === "string" ? type : "any"}`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]))}`;
}

/** What is true of a value beside its type. */
function notesOf(schema: Schema): Html {
  const { minLength, maxLength, minimum, maximum, maxItems, pattern, format, description } = schema;
  const notes = [
    format !== undefined && format !== "binary" && format,
    range(minLength, maxLength, " characters"),
    range(minimum === 0 && maximum === undefined ? undefined : minimum, maximum, ""),
    maxItems !== undefined && `at most ${maxItems}`,
    schema.default !== undefined && `by default ${JSON.stringify(schema.default)}`,
    pattern !== undefined && pattern.length <= PATTERN_LIMIT_CHARACTERS && `\`${pattern}\``,
  ].filter((note) => typeof note === "string");
  return html`${description && inline(description)}${description && notes.length > 0 && "; "}${inline(notes.join("; "))}`;
}

function range(least: number | undefined, most: number | undefined, unit: string): string | false {
  if (most === undefined) return least !== undefined && `at least ${least}${unit}`;
  return least === undefined ? `at most ${most}${unit}` : `${least} to ${most}${unit}`;
}

interface Field {
  name: string;
  isRequired: boolean;
  schema: Schema;
}

/** The fields of an object. */
export function fieldsOf({ properties = {}, required = [] }: Schema): Field[] {
  return Object.entries(properties).map(([name, schema]) => ({ name, isRequired: required.includes(name), schema }));
}

/** A table of fields or parameters. @param caption names the table for readers who hear the page */
export function fieldTable(caption: string, fields: readonly Field[]): Html {
  return html`<table class="fields">
    <caption>
      ${caption}
    </caption>
    <tbody>
      ${fields.map(
        ({ name, isRequired, schema }) =>
          html`<tr>
            <th scope="row"><code>${name}${!isRequired && "?"}</code></th>
            <td class="type">${typeOf(schema)}</td>
            <td>${notesOf(schema)}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}
