import { defineConfig } from "vite";

const pages = ["rjsf", "rjsf-mui", "jsonforms", "jsonforms-material"];

export default defineConfig({
  build: { minify: false, chunkSizeWarningLimit: 20_000, rollupOptions: { input: pages.map((page) => `${page}.html`) } },
});
