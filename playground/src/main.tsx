// The playground: finds a unit, fills in its form, runs it.
import { render } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Connections } from "./api";
import { loadCatalog } from "./api";
import type { Catalog } from "./catalog";
import { routeOf, unitsOf } from "./catalog";
import { ConnectionPage } from "./ConnectionPage";
import { sourcesOf } from "./form/fields";
import type { Values } from "./form/values";
import { Home } from "./Home";
import { Sidebar } from "./Sidebar";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/form.css";
import "./styles/groups.css";
import "./styles/panel.css";
import { UnitPage } from "./UnitPage";

const routeNow = () => location.hash.replace(/^#/, "");

function App({ catalog }: { catalog: Catalog }) {
  const [route, setRoute] = useState(routeNow());
  const [connections, setConnections] = useState<Connections>(() => {
    const first = catalog.connections[0] ?? "";
    return Object.fromEntries(catalog.components.map(({ key }) => [key, first]));
  });
  const drafts = useRef(new Map<string, Values>());
  const units = useMemo(() => unitsOf(catalog), [catalog]);
  const unit = units.find((one) => routeOf(one) === `#${route}`);
  const component = unit?.component ?? catalog.components[0]?.key ?? "";
  const sources = useMemo(() => {
    const siblings = units.filter((one) => one.component === component);
    return sourcesOf(siblings.flatMap(({ inputs }) => inputs));
  }, [units, component]);
  const main = useRef<HTMLElement>(null);
  const isHome = !unit && route !== "connection";

  useLayoutEffect(() => {
    const onHash = () => {
      setRoute(routeNow());
      main.current?.scrollTo(0, 0);
      window.scrollTo(0, 0);
    };
    addEventListener("hashchange", onHash);
    return () => removeEventListener("hashchange", onHash);
  }, []);
  useEffect(() => {
    document.title = `${unit?.label ?? (isHome ? "Playground" : "Connection")} · Pipefit`;
  }, [unit, isHome]);

  return (
    <div class={`app ${isHome ? "at-home" : ""}`}>
      <Sidebar catalog={catalog} units={units} route={route} connection={connections[component]} />
      <main ref={main}>
        <a class="back" href="#">
          All actions
        </a>
        {unit ? (
          <UnitPage
            key={routeOf(unit)}
            unit={unit}
            sources={sources}
            connection={connections[component] ?? ""}
            sandbox={catalog.sandbox}
            draft={drafts.current.get(routeOf(unit))}
            onDraft={(values) => drafts.current.set(routeOf(unit), values)}
          />
        ) : isHome ? (
          <Home catalog={catalog} units={units} />
        ) : (
          <ConnectionPage
            catalog={catalog}
            connections={connections}
            onUse={(key, connection) => setConnections({ ...connections, [key]: connection })}
          />
        )}
      </main>
    </div>
  );
}

const root = document.getElementById("app")!;
// The cookie has the token now; the address need not show it any more.
history.replaceState(null, "", location.pathname + location.hash);
loadCatalog().then(
  (catalog) => render(<App catalog={catalog} />, root),
  (error: unknown) =>
    render(
      <p class="fatal" role="alert">
        The playground cannot start: {String(error)}
      </p>,
      root,
    ),
);
