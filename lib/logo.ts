/** The outline of the logo, a singing starling, on a canvas of 32 by 32. */
export const BIRD =
  "M30.6 4.9 25.3 7.2C24.4 4.8 22.2 3.3 19.6 3.3c-3.2 0-5.3 2-6.5 4.9C11.2 12.6 7.3 20 1.6 29.1l7-3.4c1.8 1.4 4 2.1 6.3 2 6.7-.4 11.1-6 11.1-12.9 0-1.6-.1-2.9-.3-4.1z";

/** The starling's eye and the speckles of its winter coat: x, y and radius. */
export const SPECKLES = [
  [20.6, 7.6, 1],
  [16.2, 11.6, 0.8],
  [20.4, 12.6, 0.8],
  [13.6, 15.6, 0.9],
  [17.9, 16.6, 0.9],
  [22, 17.2, 0.8],
  [10.9, 19.9, 0.9],
  [15.3, 20.8, 1],
  [19.6, 21.2, 0.9],
  [12.6, 24.4, 0.8],
  [16.6, 24.6, 0.8],
] as const;
