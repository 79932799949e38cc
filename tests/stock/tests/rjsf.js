// Fills in a form of react-jsonschema-form as a person does.
import { choiceFor, isCombined, optionFor, resolve, typesOf, wallClock } from "./schema.js";

export function rjsf({ page }, root, hints) {
  const at = (id) => page.locator(`[id="${id}"]`);

  async function choose(id, label) {
    const box = at(id);
    if ((await box.evaluate((node) => node.tagName)) === "SELECT") return box.selectOption({ label });
    await box.click();
    return page.getByRole("option", { name: label, exact: true }).click();
  }

  async function type(id, schema, value, hints) {
    const choice = choiceFor(schema, value);
    if (choice) return choose(id, hints["ui:enumNames"]?.[choice.index] ?? choice.label);
    if (typesOf(schema).includes("boolean") && (await at(id).getAttribute("type")) === "checkbox") return at(id).setChecked(value);
    return at(id).fill((await at(id).getAttribute("type")) === "datetime-local" ? wallClock(value) : String(value));
  }

  async function fill(named, value, id, hints = {}) {
    const schema = resolve(root, named);
    if (isCombined(schema)) {
      const { index, option, typed } = optionFor(root, schema, value);
      const select = `${id}__${schema.anyOf ? "any" : "one"}of_select`;
      await choose(select, option.title ?? `Option ${index + 1}`);
      return fill(option, typed, id, hints);
    }
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        const entry = `${id}_${index}`;
        const isThere = async () => (await page.locator(`[id="${entry}"], [id^="${entry}_"]`).count()) > 0;
        if (!(await isThere())) {
          await page.locator(`[id="${id}__add"], [id="${id}"] .btn-add, [id="${id}"] [title="Add Item"]`).last().click();
        }
        await fill(schema.items, item, entry, hints.items);
      }
      return undefined;
    }
    if (value !== null && typeof value === "object") {
      for (const [key, member] of Object.entries(value)) {
        if (!schema.properties?.[key]) throw new Error(`${id} has no input for ${key}`);
        await fill(schema.properties[key], member, `${id}_${key}`, hints[key]);
      }
      return undefined;
    }
    return type(id, schema, value, hints);
  }

  return { fill: (values) => fill(root, values, "root", hints), input: (key) => at(`root_${key}`) };
}
