import type { Mark } from "../charts/marks";
import type { Fault, Load } from "../data";
import { h } from "../dom";
import { exists, seconds } from "../format";
import { card } from "./parts";

export interface Event {
  readonly mark: Mark;
  readonly text: string;
}

/** Faults in the order of time, each with the label that it has on the charts. */
export function eventsOf(load: Load): Event[] {
  const last = load.time_series.at(-1)?.t ?? load.parameters.duration;
  return [...(load.faults ?? [])]
    .sort((a, b) => a.start - b.start)
    .map((fault, index) => ({
      mark: { from: fault.start, to: fault.end ?? last, label: `F${index + 1}` },
      text: `F${index + 1}, ${span(fault)}: ${fault.description}${outcome(fault)}`,
    }));
}

export function faultList(events: readonly Event[]): HTMLElement {
  return card("Faults on the time axis", h("ul", { class: "remarks" }, ...events.map((event) => h("li", {}, event.text))));
}

function span(fault: Fault): string {
  return fault.end === null ? `from ${seconds(fault.start)} on` : `${seconds(fault.start)} to ${seconds(fault.end)}`;
}

function outcome(fault: Fault): string {
  if (!fault.took_effect) return ` – did not take effect (${fault.probe ?? "not seen"})`;
  if (fault.error) return ` – ${fault.error}`;
  return exists(fault.time_to_recover) ? ` – nodes well again after ${seconds(fault.time_to_recover)}` : "";
}
