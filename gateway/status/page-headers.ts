/** Of everything below `/status`: no other page reads it, frames it or holds a window of it, and nothing keeps it. */
export const pageHeaders = {
  'cache-control': 'no-store, no-transform',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
