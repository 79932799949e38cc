// Finds a unit: a search box over all units, by group.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Catalog, Unit } from "./catalog";
import { badge, routeOf, search } from "./catalog";
import type { ConnectionRef } from "./api";

interface Props {
  catalog: Catalog;
  units: Unit[];
  route: string;
  /** The connection of the component that is looked at. */
  connection?: ConnectionRef;
}

export function Sidebar({ catalog, units, route, connection }: Props) {
  const [query, setQuery] = useState("");
  const groups = search(units, query);
  const nav = useRef<HTMLElement>(null);
  const box = useRef<HTMLInputElement>(null);

  // Before the first paint: a key may be pressed as soon as the page is seen.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const inField = (event.target as Element).closest("input, textarea, select");
      if (event.key !== "/" || inField || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      box.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  useEffect(() => nav.current?.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest" }), [route]);

  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...(nav.current?.querySelectorAll<HTMLElement>("a") ?? [])];
    if (event.key === "Enter" && event.target === box.current) links[0]?.click();
    if (!by) return;
    event.preventDefault();
    const next = links.indexOf(document.activeElement as HTMLElement) + by;
    (next < 0 ? box.current : links[next])?.focus();
  };
  const name = typeof connection === "object" ? "Your connection" : (connection ?? "");
  return (
    <div class="sidebar" onKeyDown={onKeyDown}>
      <header>
        <a class="brand" href="#">
          <img src="/assets/icon.svg" alt="" width="24" height="24" />
          Pipefit
        </a>
        <a class="connection" href="#connection" aria-current={route === "connection" ? "page" : undefined}>
          <span class={`mark ${catalog.sandbox ? "ok" : "live"}`} aria-hidden="true" />
          <span class="hidden">Connection: </span>
          <span class="name">{catalog.sandbox && typeof connection === "string" ? "Sandbox" : name}</span>
        </a>
      </header>
      <search class="search">
        <input
          ref={box}
          type="search"
          aria-label="Find an action, data source or trigger"
          placeholder="Find an action…  /"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      </search>
      <nav ref={nav} aria-label="Actions, data sources and triggers">
        {[...groups].map(([group, found]) => (
          <section key={group}>
            <h2>{group}</h2>
            <ul>
              {found.map((unit) => (
                <li key={routeOf(unit)}>
                  <a href={routeOf(unit)} aria-current={routeOf(unit) === `#${route}` ? "page" : undefined}>
                    <span class="text">{unit.label}</span>
                    <span class={`badge ${badge(unit)}`}>{badge(unit)}</span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
        ))}
        {groups.size === 0 && (
          <p class="muted pad" role="status">
            Nothing is called so, or does that.
          </p>
        )}
      </nav>
    </div>
  );
}
