import { facts } from "../charts/table";
import type { RunData } from "../data";
import { h, type Child } from "../dom";
import { bytes, missing, words } from "../format";
import { card, section } from "./parts";

/** Where and with what it was measured: what a reader needs to judge it or do it again. */
export function environmentSection(data: RunData): HTMLElement {
  const environment = data.summary.environment;
  const settings = environment["settings"];
  return section(
    "environment",
    "Environment",
    null,
    h(
      "div",
      { class: "cards" },
      card("Machine and versions", pairs(environment, ["settings"])),
      card("Settings", typeof settings === "object" && settings !== null ? pairs(settings as Record<string, unknown>, []) : missing),
    ),
  );
}

function pairs(values: Readonly<Record<string, unknown>>, leftOut: readonly string[]): HTMLElement {
  return facts(
    Object.entries(values)
      .filter(([name]) => !leftOut.includes(name))
      .map(([name, value]): readonly [string, Child] => [words(name), text(name, value)]),
  );
}

function text(name: string, value: unknown): Child {
  if (value === null || value === undefined || value === "") return missing;
  if (name.endsWith("_bytes") && typeof value === "number") return bytes(value);
  if (Array.isArray(value)) return value.length === 0 ? missing : value.map((item) => (typeof item === "object" ? JSON.stringify(item) : String(item))).join(", ");
  return typeof value === "object" ? h("code", {}, JSON.stringify(value)) : String(value);
}
