import { type Operation, type Parameter, type Schema } from "./document.ts";

/** An example of a request. */
interface Example {
  method: string;
  url: string;
  needsToken: boolean;
  json?: unknown;
  /** The fields of a form, with null for a file. */
  form?: Readonly<Record<string, string | null>>;
  isFile: boolean;
}

/** Makes the example request of an operation from the examples in its description. */
export function exampleOf(origin: string, path: string, method: string, operation: Operation): Example {
  const { parameters = [], requestBody, security, responses } = operation;
  const where = (place: string) => parameters.filter((each) => each.in === place && exampleValue(each) !== undefined);
  const filled = where("path").reduce((so, each) => so.replace(`{${each.name}}`, exampleValue(each)!), path);
  const query = where("query").map((each) => `${each.name}=${encodeURIComponent(exampleValue(each)!)}`);
  const json = requestBody?.content["application/json"]?.example;
  const form = requestBody?.content["multipart/form-data"]?.schema;
  return {
    method: method.toUpperCase(),
    url: `${origin}${filled}${query.length > 0 ? `?${query.join("&")}` : ""}`,
    needsToken: security.length > 0,
    ...(json !== undefined && { json }),
    ...(form && { form: formOf(form) }),
    isFile: Object.keys(responses["200"]?.content ?? {}).some((type) => type.startsWith("image/")),
  };
}

function exampleValue({ schema }: Parameter): string | undefined {
  const [example] = schema.examples ?? [];
  return example === undefined ? undefined : `${example as string | number}`;
}

function formOf({ properties = {}, required = [] }: Schema): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, { examples = [], format }]): [string, string | null][] => {
      if (format === "binary") return required.includes(name) ? [[name, null]] : [];
      return examples.length > 0 ? [[name, String(examples[0])]] : [];
    }),
  );
}

/** The request as a command for a shell that has the token in the variable TOKEN. */
export function asCurl({ method, url, needsToken, json, form, isFile }: Example): string {
  const hasBody = json !== undefined || form !== undefined;
  const isImplied = method === "GET" || (method === "POST" && hasBody);
  return [
    `curl ${isImplied ? "" : `-X ${method} `}${/[?&]/.test(url) ? shell(url) : url}${isFile ? " -o picture" : ""}`,
    ...(needsToken ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(json === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${shell(JSON.stringify(json))}`]),
    ...Object.entries(form ?? {}).map(
      ([name, value]) => `-F ${value === null ? `${name}=@photo.png` : shell(`${name}=${value}`)}`,
    ),
  ].join(" \\\n  ");
}

function shell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The request as JavaScript with the variables `token` and `file`. */
export function asFetch({ method, url, needsToken, json, form }: Example): string {
  const headers = [
    ...(needsToken ? ["Authorization: `Bearer ${token}`"] : []),
    ...(json === undefined ? [] : ['"Content-Type": "application/json"']),
  ];
  const options = [
    ...(method === "GET" ? [] : [`method: "${method}"`]),
    ...(headers.length > 0 ? [`headers: { ${headers.join(", ")} }`] : []),
    ...(json === undefined ? [] : [`body: JSON.stringify(${JSON.stringify(json)})`]),
    ...(form ? ["body: form"] : []),
  ];
  const fields = Object.entries(form ?? {}).map(
    ([name, value]) => `form.append("${name}", ${value === null ? "file" : JSON.stringify(value)});\n`,
  );
  const made = form ? `const form = new FormData();\n${fields.join("")}` : "";
  const given = options.length > 0 ? `, {\n${options.map((option) => `  ${option},\n`).join("")}}` : "";
  return `${made}const reply = await fetch(${JSON.stringify(url)}${given});`;
}
