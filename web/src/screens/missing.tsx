import { TopBar } from "../components/frame.tsx";

/** The screen for an address without content. */
export function Missing({
  title = "This page doesn't exist",
  detail = "The link may be incomplete, or the page may have been removed.",
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
