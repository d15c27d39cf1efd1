const dark = globalThis.matchMedia("(prefers-color-scheme: dark)");
const follow = () => globalThis.document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

globalThis.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  // By default Swagger UI sends the description to a validator on the web.
  validatorUrl: null,
  // Open forms would hide the documentation of requests and answers. "Try it out" opens the form of one request.
  tryItOutEnabled: false,
});
