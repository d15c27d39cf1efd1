import js from "@eslint/js";
import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

/** The services whose code contains no addresses: gateways add addresses to the results of these services. */
const WITHOUT_ADDRESSES = "services/{users,graph,tweets,timeline,notifier,media,reading}/**";

/** The beginnings of the site's own paths. */
const ADDRESS = "^\\u002f(feed|user|users|tweet|notifications|media|auth|sessions)([\\u002f?]|$)";

/** Contracts are looked up, not read from beginning to end, so they may be longer than a page. */
const TABLES = ["contract/**"];

export default tseslint.config(
  { ignores: ["node_modules", "data", "web/dist", "coverage"] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["*.js", ".*.js"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
    },
  },
  { files: ["**/*.js"], ...tseslint.configs.disableTypeChecked },
  { files: ["dev/**", "ops/**", "bench/**", "test/**", "server.ts", "run-node.ts"], rules: { "no-console": "off" } },
  // A page, because a longer file has more than one reason to exist.
  { ignores: ["test/**", ...TABLES], rules: { "max-lines": ["error", 200] } },
  {
    files: [WITHOUT_ADDRESSES],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: `:matches(Literal[value=/${ADDRESS}/], TemplateElement[value.raw=/${ADDRESS}/])`,
          message: "This service must not contain addresses. Let the gateway add them (services/gateway/present.ts).",
        },
        {
          selector: "Identifier[name='publicUrl']",
          message: "This service must not build addresses. Ask node.addresses, or let the gateway add them.",
        },
      ],
    },
  },
  prettier,
);
