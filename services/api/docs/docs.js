const dark = globalThis.matchMedia("(prefers-color-scheme: dark)");
const follow = () => globalThis.document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

globalThis.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  // Else the description would be sent to a validator on the web.
  validatorUrl: null,
  // A form for each request would hide what one comes to read: what is sent and what comes back.
  tryItOutEnabled: false,
});
