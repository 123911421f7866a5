import { defineConfig } from "vite";

// The built page must run under a strict Content-Security-Policy: no inline
// script or style, nothing that turns a file into a data: URL. Everything but
// index.html lands under /assets/ with a content hash in its name, so the
// backend may cache it for ever.
export default defineConfig({
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // `npm run dev` only: the page calls its own origin, Vite hands it on.
    proxy: { "/api": process.env["BACKEND_URL"] ?? "http://127.0.0.1:8080" },
  },
});
