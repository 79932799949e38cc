// Starts a playground, and a browser that looks at it and notes every complaint.
import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? `${repository}/target`;
export const pipefit = process.env.PIPEFIT ?? `${target}/debug/pipefit`;

/** Compiles a Rust program against the workspace, to an executable at `output` if there is one. */
export function rustc(source, output) {
  const build = ["build", "--quiet", "--message-format=json", "--manifest-path", `${repository}/Cargo.toml`];
  rustc.artifacts ??= execFileSync("cargo", build, { encoding: "utf8", maxBuffer: 2 ** 26 })
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ reason }) => reason === "compiler-artifact");
  const library = (name) => {
    const isIt = ({ target }) => target.name === name && target.kind.includes("lib");
    return rustc.artifacts.find(isIt).filenames.find((file) => file.endsWith(".rlib"));
  };
  const names = ["pipefit", "serde_json", "tokio"];
  const externs = names.flatMap((name) => ["--extern", `${name}=${library(name)}`]);
  const emitted = output ? ["-o", output] : ["--emit=metadata", "-o", `${source}.rmeta`];
  const dependencies = `dependency=${target}/debug/deps`;
  execFileSync("rustc", ["--edition=2024", "-Dwarnings", "-L", dependencies, ...externs, ...emitted, source]);
}

/** Runs a command that serves until it is stopped; returns the first line that it prints, and how to stop it. */
export async function serve(args) {
  const child = spawn(pipefit, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await lines.next();
  return { line: value, stop: () => child.kill("SIGINT") };
}

export async function start(...args) {
  const { line: url, stop } = await serve(["playground", ...args]);
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  return {
    url,
    async page(options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        timezoneId: "America/Los_Angeles",
        ...options,
      });
      const page = await context.newPage();
      const complaints = [];
      page.setDefaultTimeout(10_000);
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on(
        "requestfailed",
        (request) => request.failure()?.errorText !== "net::ERR_ABORTED" && complaints.push(request.url()),
      );
      await page.goto(url);
      await page.getByRole("navigation").waitFor({ state: "attached" });
      return Object.assign(page, { complaints });
    },
    async stop() {
      await browser.close();
      stop();
    },
  };
}

/** Opens a unit by its route. */
export async function open(page, route) {
  await page.evaluate((hash) => (location.hash = hash), route);
  await page.locator(`.unit[data-unit="${route.split("/").at(-1)}"][data-ready="true"]`).waitFor();
}

export const action = (key) => `servicetitan/action/${key}`;

/** Types into a dropdown and picks the entry that has this text. */
export async function pick(page, label, query, entry = query) {
  const box = page.getByRole("combobox", { name: label, exact: true });
  await box.click();
  await box.fill(query);
  await page.getByRole("option", { name: entry }).first().click();
}
