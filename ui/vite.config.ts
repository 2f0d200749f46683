import { defineConfig } from "vite";

// The pages run under `script-src 'self'; style-src 'self'`: so nothing is inlined, and no polyfill script is injected.
// The help of error codes is read from docs/reference/errors.md, so the development server may read above this folder.
// `npm run dev` sends /v1 to a running `kith serve` or to the fixture server (`npm run fixture`).
export default defineConfig({
  build: { outDir: "dist", assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false, target: "es2022" },
  oxc: { jsx: { runtime: "automatic" } },
  server: { host: "127.0.0.1", fs: { allow: [".."] }, proxy: { "/v1": process.env.KITH_URL ?? "http://127.0.0.1:7777" } },
});
