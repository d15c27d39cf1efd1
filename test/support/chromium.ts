export { findChromium } from "../../dev/chromium.ts";
