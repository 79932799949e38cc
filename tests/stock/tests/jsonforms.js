// Fills in a form of JSON Forms as a person does. Its ids are the scopes of controls, with a number where one repeats.
import { choiceFor, isCombined, optionFor, resolve, wallClock } from "./schema.js";

const scopeOf = (id) => id.replace(/(-input)?$/, "").replace(/\/(anyOf|oneOf)\/\d+/g, "");
const isNumbered = (id, scope) => id.startsWith(scope) && /^\d*$/.test(id.slice(scope.length));

export function jsonForms({ page, settled }, root) {
  const ids = () => page.evaluate(() => Array.from(document.querySelectorAll('[id^="#"]'), ({ id }) => id));

  /** The page moves when errors go away, and nobody is so fast that they miss a button for that. */
  async function press(button) {
    await settled();
    await button.click();
    await settled();
  }

  let first;

  /** The input at a scope, among those that came with an entry if there is one, else those that were there at first. */
  async function find(path, old) {
    const all = await ids();
    first ??= new Set(all);
    const present = all.filter((id) => (old ? !old.has(id) : first.has(id)));
    const scopes = path.map((_, start) => `#${path.slice(start).map((key) => `/properties/${key}`).join("")}`);
    if (old) scopes.push("#");
    for (const scope of scopes) {
      const id = present.find((one) => one.endsWith("-input") && isNumbered(scopeOf(one), scope)) ?? present.find((one) => isNumbered(scopeOf(one), scope));
      if (id) return page.locator(`[id="${id}"]`);
    }
    throw new Error(`no input for ${path.join("/")}`);
  }

  async function type(box, schema, value) {
    const choice = choiceFor(schema, value);
    const kind = await box.evaluate((node) => ({ tag: node.tagName, type: node.type, hidden: node.ariaHidden === "true" }));
    if (choice && kind.tag === "SELECT") return box.selectOption({ label: choice.label });
    if (choice) {
      await (kind.hidden ? box.locator("xpath=..").getByRole("combobox") : box).click();
      return page.getByRole("option", { name: choice.label, exact: true }).click();
    }
    if (kind.type === "checkbox") return (await box.isChecked()) === value ? undefined : press(box);
    if (kind.hidden) {
      await box.locator("xpath=..").getByRole("spinbutton").first().click();
      const shown = schema.format === "date-time" ? wallClock(value) : String(value);
      return page.keyboard.type(shown.replace(/\D/g, ""));
    }
    return box.fill(kind.type === "datetime-local" ? wallClock(value) : String(value));
  }

  const below = (tab) => tab.locator("xpath=following::*[self::input or self::textarea][1]");

  /** Adds an entry to a list and fills it in. */
  async function add(schema, label, item, index, path, old) {
    const buttons = page.getByRole("button", { name: new RegExp(`^Add to ${label.replace(/\W/g, "\\$&")}( button)?$`) });
    const button = old ? buttons.and(page.locator(":not([data-first])")).last() : buttons.and(page.locator("[data-first]")).first();
    const before = new Set(await ids());
    first ??= before;
    await press(button);
    const table = button.locator("xpath=ancestor::table[1] | ../../table");
    if (await table.count()) {
      const row = table.first().locator("xpath=tbody/tr").nth(index);
      const items = resolve(root, schema.items);
      if (item === null || typeof item !== "object") return type(row.locator("input, select").first(), items, item);
      const columns = Object.keys(items.properties).filter((key) => resolve(root, items.properties[key]).type !== "array");
      for (const [key, member] of Object.entries(item)) {
        if (!columns.includes(key)) throw new Error(`${label} has no column for ${key}`);
        await type(row.locator("xpath=td").nth(columns.indexOf(key)).locator("input, select").first(), resolve(root, items.properties[key]), member);
      }
      return undefined;
    }
    const closed = page.locator('.MuiAccordionSummary-root[aria-expanded="false"]').last();
    if (await closed.count()) await closed.click();
    return fill(schema.items, item, [], before);
  }

  async function fill(named, value, path, old) {
    const schema = resolve(root, named);
    if (isCombined(schema)) {
      const { index, option, typed } = optionFor(root, schema, value);
      const tab = page.getByRole("tab", { name: option.title ?? `anyOf-${index}`, exact: true });
      const tabs = await tab.count();
      if (!tabs) return fill({ title: schema.title, ...option }, typed, path, old);
      const before = new Set(await ids());
      const last = old ? tab.last() : tab.first();
      const isScalar = typed === null || typeof typed !== "object";
      if ((await last.getAttribute("aria-selected")) === "true") return isScalar ? type(below(last), option, typed) : fill(option, typed, path, new Set([...before].filter((id) => !isNumbered(scopeOf(id), "#"))));
      await last.click();
      const confirm = page.getByRole("dialog").getByRole("button", { name: "Yes" });
      await settled();
      if (await confirm.count()) await confirm.click();
      await settled();
      return isScalar ? type(below(last), option, typed) : fill(option, typed, path, before);
    }
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) await add(schema, schema.title, item, index, path, old);
      return undefined;
    }
    if (value !== null && typeof value === "object") {
      for (const [key, member] of Object.entries(value)) {
        if (!schema.properties?.[key]) throw new Error(`${path.join("/")} has no input for ${key}`);
        await fill(schema.properties[key], member, [...path, key], old);
      }
      return undefined;
    }
    return type(await find(path, old), schema, value);
  }

  /** Entries of lists may have lists of the same names: what is there before they are is marked. */
  const mark = () => page.evaluate(() => document.querySelectorAll("button").forEach((button) => button.setAttribute("data-first", "")));

  return { fill: (values) => mark().then(() => fill(root, values, [])), input: async (key) => find([key]) };
}
