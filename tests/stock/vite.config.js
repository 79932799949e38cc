import { defineConfig } from "vite";

export default defineConfig({ build: { minify: false, target: "esnext", chunkSizeWarningLimit: 20_000 } });
