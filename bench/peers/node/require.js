// The SDK is CommonJS, and requires the modules of Node.js.
import { createRequire } from "node:module";

export const require = createRequire(import.meta.url);
