// One library in a browser: its page, shown with a schema, and what it holds.
import { chromium } from "playwright-core";
import { preview } from "vite";
import { ZONE } from "./schema.js";

const folder = new URL("..", import.meta.url).pathname;

/** Pages, kinds of hints, and how many forms are filled in: all with everything, or few at all, as rich themes take long. */
export const LIBRARIES = {
  "rjsf 6": { page: "/?rjsf", hints: "rjsf", fillsAll: true },
  "rjsf 6 with MUI": { page: "/?rjsf-mui", hints: "rjsf", fillsFew: true },
  "rjsf 5": { page: "/", hints: "rjsf", root: `${folder}previous` },
  // These renderers have no alternatives: where a value is text or a file, they take text.
  "JSON Forms 3": { page: "/?jsonforms", hints: "ui", takesText: true },
  "JSON Forms 3 with Material": { page: "/?jsonforms-material", hints: "ui", fillsFew: true },
};

export async function open(name) {
  const { page: path, hints, root = folder, fillsAll, fillsFew, takesText } = LIBRARIES[name];
  const server = await preview({ root, preview: { port: 0, host: "127.0.0.1" }, logLevel: "error" });
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 }, timezoneId: ZONE });
  page.setDefaultTimeout(10_000);
  const complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(new URL(path, server.resolvedUrls.local[0]).href);
  await page.waitForFunction(() => window.show);
  return {
    page,
    hints,
    fillsAll,
    fillsFew,
    takesText,
    complaints,
    async show(schema, uiSchema) {
      complaints.length = 0;
      const shown = await page.evaluate(([schema, uiSchema]) => window.show(schema, uiSchema), [schema, uiSchema]);
      await page.locator(`[data-shown="${shown}"] [type="submit"]`).waitFor({ timeout: 10_000 }).catch(() => {
        throw new Error(`no form: ${complaints.join("; ")}`);
      });
      await this.settled();
    },
    /** Leaves the input, and waits for the page to know: JSON Forms holds changes back for a moment. */
    settled: () =>
      page.evaluate((wait) => {
        document.activeElement?.blur();
        // A busy machine renders late: twice, nothing may be left to do.
        const idle = (then) => requestIdleCallback(then, { timeout: 2_000 });
        return new Promise((resolve) => setTimeout(() => idle(() => setTimeout(() => idle(resolve), 10)), wait));
      }, hints === "ui" ? 60 : 5),
    /** The inputs that the browser itself refuses. */
    refused: () => page.evaluate(() => Array.from(document.querySelectorAll("input:invalid, select:invalid, textarea:invalid"), (node) => `${node.id} ${node.validationMessage}`)),
    form: () => page.evaluate(() => ({ data: window.form.data, errors: window.form.errors })),
    text: () => page.locator("#app").innerText(),
    async submit() {
      // Not with the mouse: the tooltip of an input above may still lie on the button.
      await page.locator('#app [type="submit"]').last().evaluate((button) => button.click());
      await this.settled();
      return page.evaluate(() => window.form.submitted);
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
