// The tabs beside a form.
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

export const TABS = ["Request", "Reply", "Code"] as const;
export type Tab = (typeof TABS)[number];

interface Props {
  tab: Tab;
  onTab(tab: Tab): void;
  expanded: boolean;
  onExpand(expanded: boolean): void;
  children: ComponentChildren;
}

export function Panel({ tab, onTab, expanded, onExpand, children }: Props) {
  const bar = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = (TABS.indexOf(tab) + by + TABS.length) % TABS.length;
    onTab(TABS[next]!);
    (bar.current?.children[next] as HTMLElement).focus();
  };
  return (
    <section class="panel" aria-label="Request and reply">
      <div class="tab-bar">
        <div class="tabs" role="tablist" ref={bar} onKeyDown={onKeyDown}>
          {TABS.map((name) => (
            <button
              type="button"
              role="tab"
              key={name}
              id={`tab-${name}`}
              aria-selected={name === tab}
              aria-controls="tab-panel"
              tabIndex={name === tab ? 0 : -1}
              onClick={() => onTab(name)}
            >
              {name}
            </button>
          ))}
        </div>
        <button type="button" class="expand" aria-pressed={expanded} onClick={() => onExpand(!expanded)}>
          {expanded ? "Beside the form" : "Full width"}
        </button>
      </div>
      <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`} tabIndex={-1}>
        {children}
      </div>
    </section>
  );
}
