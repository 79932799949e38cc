// Where one begins.
import type { Catalog, Unit } from "./catalog";
import { badge, routeOf } from "./catalog";

const firstSentence = (text: string) => text.split(/(?<=\.) /)[0]?.replace(/`/g, "") ?? "";

/** A few units to begin with: the creation that dropdowns help most with, its list, and a trigger. */
function suggested(units: Unit[]): Unit[] {
  const filled = (unit: Unit) => unit.inputs.filter((input) => input.required && input.dataSource).length;
  const creation = units.filter((unit) => unit.effect === "create").sort((a, b) => filled(b) - filled(a))[0];
  const list = units.find((unit) => unit.group === creation?.group && unit.key.startsWith("list"));
  const smaller = units.find((unit) => unit.effect === "create" && unit.inputs.length <= 12 && filled(unit) === 0);
  const trigger = units.find((unit) => unit.kind === "trigger");
  return [creation, list, smaller, trigger].filter((unit) => unit !== undefined);
}

export function Home({ catalog, units }: { catalog: Catalog; units: Unit[] }) {
  return (
    <article class="home">
      <h1>What do you want to try?</h1>
      <p class="about">
        Pick one of {units.length} actions, data sources and triggers, fill in its form, and watch the request take
        shape.
        {catalog.sandbox
          ? " Everything runs against a sandbox with made-up data: you can break nothing."
          : " Requests go to a real account; what writes asks once more."}
      </p>
      <ul class="picks">
        {suggested(units).map((unit) => (
          <li key={routeOf(unit)}>
            <a href={routeOf(unit)}>
              <strong>{unit.label}</strong>
              <span class={`badge ${badge(unit)}`}>{badge(unit)}</span>
              <span class="muted">{firstSentence(unit.description)}</span>
            </a>
          </li>
        ))}
      </ul>
    </article>
  );
}
