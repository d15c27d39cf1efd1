import { TopBar } from "../components/frame.tsx";

/** Where there is nothing. */
export function Missing({
  title = "There is nothing here",
  detail = "The link may not be whole, or what it led to is gone.",
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
