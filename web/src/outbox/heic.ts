/** Whether a file is a HEIC picture, as iPhones take them. Some systems don't know the type. */
export function isHeic(file: File): boolean {
  return /^image\/hei[cf]/.test(file.type) || (file.type === "" && /\.hei[cf]$/i.test(file.name));
}
