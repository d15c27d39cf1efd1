/**
 * The Content-Security-Policy of every page that the server renders, and of the client that takes the page over.
 * Everything comes from this origin, nothing is inline.
 */
export const SHARE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // The client previews a picture or video by a blob: address, before the upload.
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");
