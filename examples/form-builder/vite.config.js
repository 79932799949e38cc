import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? `${repository}/target`;
const pipefit = process.env.PIPEFIT ?? `${target}/debug/pipefit`;

/** Starts one sandbox, and answers each request to /run with what `pipefit run` makes of it there. */
function bridge() {
  const serve = async (server) => {
    const sandbox = spawn(pipefit, ["sandbox"], { stdio: ["ignore", "pipe", "ignore"] });
    server.httpServer?.on("close", () => sandbox.kill());
    process.on("exit", () => sandbox.kill());
    const [line] = await createInterface({ input: sandbox.stdout })[Symbol.asyncIterator]().next().then((next) => [next.value]);
    const { apiUrl, tokenUrl, connection } = JSON.parse(line);
    server.middlewares.use("/run", (request, response) => {
      const flags = ["run", "--api-url", apiUrl, "--token-url", tokenUrl];
      const run = execFile(pipefit, flags, { maxBuffer: 1 << 28 }, (_error, stdout) => {
        response.setHeader("content-type", "application/json");
        response.end(stdout);
      });
      const parts = [];
      request.on("data", (part) => parts.push(part));
      request.on("end", () => {
        const invocation = JSON.parse(Buffer.concat(parts).toString());
        // The page names the connection; its secrets stay on this side.
        if (invocation.inputs.connection === "sandbox") invocation.inputs.connection = connection;
        run.stdin.end(JSON.stringify(invocation));
      });
    });
  };
  return { name: "pipefit-bridge", configureServer: serve, configurePreviewServer: serve };
}

export default defineConfig({
  plugins: [react(), bridge()],
  server: { fs: { allow: [repository] } },
  build: { chunkSizeWarningLimit: 4000 },
});
