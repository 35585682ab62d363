import { h, type Child } from "../dom";

/** A part of the page that the navigation knows. */
export function section(id: string, title: string, short: string | null, ...children: Child[]): HTMLElement {
  return h("section", { id }, h("h2", { "data-short": short ?? title }, title), ...children);
}

/** A part of a section. */
export function card(title: string, ...children: Child[]): HTMLElement {
  return h("div", { class: "card" }, h("h3", {}, title), ...children);
}

/** Says why something is not there. */
export function without(reason: string): HTMLElement {
  return h("p", { class: "without" }, `Not shown: ${reason}`);
}

export function badge(text: string, kind: "good" | "bad" | "warn" | "plain"): HTMLElement {
  const sign = { good: "✓", bad: "✕", warn: "!", plain: "" }[kind];
  return h("span", { class: `badge ${kind}` }, sign ? h("span", { "aria-hidden": "true" }, `${sign} `) : null, text);
}

export function verdictBadge(status: string): HTMLElement {
  return badge(status, status === "VALID" ? "good" : status === "INVALID" ? "bad" : "warn");
}

export function safetyBadge(safe: boolean): HTMLElement {
  return badge(safe ? "SAFE" : "VIOLATED", safe ? "good" : "bad");
}
