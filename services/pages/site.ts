/** What this product calls itself. */
export const SITE_NAME = "Starling";

/** Where the pages are served, and what a client built for them brings along. */
export interface Site {
  /** The origin that links show, for example `https://starling.example`. */
  readonly publicUrl: string;
  /** Paths of module scripts and stylesheets that take the page over. Without them it is plain HTML. */
  readonly assets?: { readonly scripts: readonly string[]; readonly styles: readonly string[] };
}
