// The page works without this script, which adds a button to each example that copies it.
const { document, getSelection, navigator, setTimeout } = globalThis;

/** Selects the code, for pages without https: only there may a script write to the clipboard. */
const select = (code) => getSelection().selectAllChildren(code);

for (const block of document.querySelectorAll("pre")) {
  const code = block.querySelector("code");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      select(code);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  block.append(button);
}
