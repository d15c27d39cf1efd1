import { TopBar } from "../components/frame.tsx";

/** The screen for an address without content. */
export function Missing({
  title = "There is nothing here",
  detail = "The link may be broken, or the page may have been removed.",
}: {
  title?: string;
  detail?: string;
}) {
  return (
    <>
      <TopBar back title="Not found" />
      <div class="state">
        <h2>{title}</h2>
        <p class="muted">{detail}</p>
        <a class="button" href="/">
          Go home
        </a>
      </div>
    </>
  );
}
