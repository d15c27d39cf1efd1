import { BIRD, SPECKLES } from "../../lib/logo.ts";
import { html } from "./html.ts";

/** The logo as markup for a page. Its colours come from the stylesheet. */
export const LOGO = html`<svg class="share-logo" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
  <path fill="currentColor" d="${BIRD}" />
  ${SPECKLES.map(([x, y, r]) => html`<circle cx="${x}" cy="${y}" r="${r}" />`)}
</svg>`;

const ICON = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <path fill="#1b6f83" d="${BIRD}" />
  <g fill="#f4fafb">${SPECKLES.map(([x, y, r]) => html`<circle cx="${x}" cy="${y}" r="${r}" />`)}</g>
</svg>`;

/** The logo as a data: URL, for the icon of a page. */
export const ICON_URL = `data:image/svg+xml,${encodeURIComponent(ICON.markup)}`;
