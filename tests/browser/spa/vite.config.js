import { defineConfig } from "vite";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: { assetsInlineLimit: 0 }, // pictures are requests, too
});
