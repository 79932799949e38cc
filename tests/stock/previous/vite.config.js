import { defineConfig } from "vite";

// The page is shared with the present version of the library, but React is that of this folder.
export default defineConfig({
  resolve: { dedupe: ["react", "react-dom"] },
  build: { minify: false, chunkSizeWarningLimit: 20_000 },
});
