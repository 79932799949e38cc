import { defineConfig } from "vite";

// Fixed names and one chunk: the server embeds these files, and a rebuild must give the same bytes.
export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    outDir: "../crates/server/assets",
    emptyOutDir: true,
    modulePreload: false,
    rolldownOptions: {
      output: { entryFileNames: "assets/app.js", assetFileNames: "assets/app[extname]", codeSplitting: false },
    },
  },
});
