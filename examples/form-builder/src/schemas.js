// The files that `pipefit schema export` writes, loaded when a form needs them.
const files = import.meta.glob("../../../schemas/servicetitan/**/{component,*.inputs,*.ui,*.rjsf}.json", { import: "default" });

const load = (path) => files[`../../../schemas/servicetitan/${path}.json`]?.();

export const manifest = await load("component");

/** Everything that a form can be made of, in the order of the manifest. */
export const units = [
  { folder: "", kind: "connection", key: "connection", label: "Connection", resource: "connection" },
  ...manifest.actions.map((unit) => ({ ...unit, kind: "action", folder: "actions/" })),
  ...manifest.dataSources.map((unit) => ({ ...unit, kind: "dataSource", folder: "sources/" })),
  ...manifest.triggers.map((unit) => ({ ...unit, kind: "trigger", folder: "triggers/" })),
];

export async function formOf({ folder, key }) {
  const [schema, jsonForms, rjsf] = await Promise.all(
    ["inputs", "ui", "rjsf"].map((kind) => load(`${folder}${key}.${kind}`)),
  );
  return { schema, jsonForms, rjsf };
}

/** Sends one invocation through the bridge. */
export async function run(invocation) {
  const response = await fetch("/run", { method: "POST", body: JSON.stringify(invocation) });
  return response.json();
}
