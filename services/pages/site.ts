/** The name of this product. */
export const SITE_NAME = "Starling";

/** The public address of the pages, and the assets of the web client. */
export interface Site {
  /** The origin of links, for example `https://starling.example`. */
  readonly publicUrl: string;
  /** Paths of the module scripts and stylesheets that take a page over. Without them the page stays plain HTML. */
  readonly assets?: {
    readonly scripts: readonly string[];
    /** What the scripts import: a browser that learns it from the page need not wait for the scripts. */
    readonly modules?: readonly string[];
    readonly styles: readonly string[];
  };
}
