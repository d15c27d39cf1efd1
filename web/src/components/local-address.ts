/**
 * The same address at the place that this page is from: the server writes its public name, which may be another than
 * the one it was reached by.
 */
export function localAddress(address: string): string {
  const url = URL.parse(address, location.href);
  if (!url) return "";
  return url.protocol === "https:" || url.protocol === "http:" ? url.pathname + url.search : address;
}
