/**
 * The Content-Security-Policy of the pages in this folder, and of the client that takes them over. Everything comes
 * from this origin, and nothing is inline.
 */
export const SHARE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // Before an upload, the client shows the picture or video from a blob: URL.
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

/** The headers of a page, or of a file that pages of this site load: other sites have no use for either. */
export function pageHeaders(policy: string): Record<string, string> {
  return { "Content-Security-Policy": policy, "Cross-Origin-Resource-Policy": "same-origin" };
}
