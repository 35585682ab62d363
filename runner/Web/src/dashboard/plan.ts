import { table } from "../charts/table";
import { h } from "../dom";
import { count, seconds } from "../format";
import type { Plan } from "./api";

/** Every round of a plan, with what is stopped in it. */
export function planTable(plan: Plan): HTMLElement {
  return table(
    "Planned rounds",
    [{ name: "Round" }, { name: "Rate tx/s", numeric: true }, { name: "Starts at", numeric: true }, { name: "Lasts", numeric: true }, { name: "Targets" }, { name: "Stops" }],
    plan.rounds.map((round) => [
      count(round.no),
      count(round.tps),
      seconds(round.start_offset_sec),
      seconds(round.duration_sec),
      h("span", {}, `${round.targets.length}`, h("small", {}, round.targets.join(", "))),
      round.stops.length === 0 ? "none" : round.stops.map((stop) => `${stop.nodes.join(", ")} at ${seconds(stop.at_sec)} for ${seconds(stop.down_sec)}`).join("; "),
    ]),
  );
}
