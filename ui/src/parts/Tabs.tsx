// Tabs in the usual manner: the arrows, Home and End move between them, one is open.

import { useId, useRef, type KeyboardEvent, type ReactNode } from "react";

export interface Tab {
  id: string;
  name: string;
  content: ReactNode;
}

export function Tabs({ label, tabs, open, onOpen }: { label: string; tabs: Tab[]; open: string; onOpen: (id: string) => void }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const at = Math.max(0, tabs.findIndex((tab) => tab.id === open));
  const keys = (event: KeyboardEvent) => {
    const to = { ArrowRight: (at + 1) % tabs.length, ArrowLeft: (at - 1 + tabs.length) % tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
    const tab = to === undefined ? undefined : tabs[to];
    if (to === undefined || !tab) return;
    event.preventDefault();
    onOpen(tab.id);
    list.current?.querySelectorAll("button")[to]?.focus();
  };
  return (
    <>
      <div className="tab-list" role="tablist" aria-label={label} ref={list} onKeyDown={keys}>
        {tabs.map((tab, i) => (
          <button key={tab.id} type="button" role="tab" id={`${id}-tab-${i}`} aria-selected={i === at} aria-controls={`${id}-panel`} tabIndex={i === at ? 0 : -1} onClick={() => onOpen(tab.id)}>
            {tab.name}
          </button>
        ))}
      </div>
      <div className="tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${at}`} tabIndex={0}>
        {tabs[at]?.content}
      </div>
    </>
  );
}
