// What can be run, as the manifest describes it.

export interface Choice {
  value: string;
  label: string;
}

export interface Input {
  key: string;
  label: string;
  description: string;
  type: string;
  collection?: string;
  required: boolean;
  hidden?: boolean;
  default?: unknown;
  example?: string;
  options?: Choice[];
  dataSource?: string;
  dataSourceInputs?: string[];
  dataSourceNarrowedBy?: string[];
}

export type Kind = "action" | "dataSource" | "trigger";
export type Effect = "read" | "create" | "update" | "delete";

interface Declared {
  key: string;
  label: string;
  description: string;
  resource: string;
  effect: Effect;
  inputs: Input[];
  lookupInputs?: Input[];
  deprecated?: { since: string; note: string };
}

export interface Unit extends Declared {
  kind: Kind;
  component: string;
  /** Where it belongs: its resource, within its component if there are several. */
  group: string;
  /** Whether another component has a unit of this kind and key, so that the key alone does not name it. */
  isAmbiguous: boolean;
}

interface Connection {
  key: string;
  label: string;
  inputs: Input[];
}

export interface Component {
  key: string;
  label: string;
  connections: Connection[];
  actions: Declared[];
  dataSources: Declared[];
  triggers: Declared[];
}

export interface Catalog {
  /** Whether all connections lead to a sandbox. */
  sandbox: boolean;
  /** The names of the connections that the server knows. */
  connections: string[];
  components: Component[];
}

export function unitsOf(catalog: Catalog): Unit[] {
  const several = catalog.components.length > 1;
  const units = catalog.components.flatMap((component) => {
    const within = several ? `${component.label} · ` : "";
    const of = (kind: Kind, units: Declared[]) =>
      units.map((unit) => ({ ...unit, kind, component: component.key, group: within + words(unit.resource) }));
    return [
      ...of("action", component.actions),
      ...of("dataSource", component.dataSources),
      ...of("trigger", component.triggers),
    ];
  });
  const sharers = ({ kind, key }: { kind: Kind; key: string }) =>
    units.filter((one) => one.kind === kind && one.key === key).length;
  return units.map((unit) => ({ ...unit, isAmbiguous: several && sharers(unit) > 1 }));
}

const FOLDERS = { action: "actions", dataSource: "sources", trigger: "triggers" };

export const schemaPath = (unit: Unit) => `${unit.component}/${FOLDERS[unit.kind]}/${unit.key}.inputs.json`;

export const routeOf = (unit: Unit) => `#${unit.component}/${unit.kind}/${unit.key}`;

/** `jobCancelReasons` as `Job cancel reasons`. */
export function words(key: string): string {
  const apart = key
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/_/g, " ")
    .toLowerCase();
  return (apart.charAt(0).toUpperCase() + apart.slice(1)).replace(/\bid(s?)\b/gi, "ID$1");
}

/** What a unit does, in a word. */
export const badge = (unit: Unit) => ({ action: unit.effect, dataSource: "choices", trigger: "trigger" })[unit.kind];

/** Returns the units whose texts have every word of the query, best first, by group. */
export function search(units: Unit[], query: string): Map<string, Unit[]> {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  const score = (unit: Unit) => {
    const name = `${unit.label} ${unit.key} ${unit.group}`.toLowerCase();
    const text = `${name} ${badge(unit)} ${unit.description}`.toLowerCase();
    if (!wanted.every((word) => text.includes(word))) return 0;
    return wanted.every((word) => name.includes(word)) ? 2 : 1;
  };
  const found = units.map((unit) => ({ unit, rank: score(unit) })).filter(({ rank }) => rank > 0);
  if (wanted.length > 0) found.sort((a, b) => b.rank - a.rank);
  else found.sort((a, b) => a.unit.group.localeCompare(b.unit.group));
  const groups = new Map<string, Unit[]>();
  for (const { unit } of found) groups.set(unit.group, [...(groups.get(unit.group) ?? []), unit]);
  return groups;
}
