import { bar, barTable, key } from "../charts/bars";
import { table } from "../charts/table";
import type { LatencyBreakdown, LeaderRow, Leaders } from "../data";
import { h } from "../dom";
import { count, ms, percent, seconds } from "../format";
import { card, without } from "./parts";

const outcomes = [
  ["direct_commit", "direct commit", 3],
  ["indirect_commit", "indirect commit", 1],
  ["direct_skip", "direct skip", 2],
  ["indirect_skip", "indirect skip", 4],
] as const;

/** What became of the leader slots of each authority: a slow or crashed one is skipped. */
export function leadersCard(leaders: Leaders | null | undefined): HTMLElement {
  const title = "Leader outcomes by authority";
  if (!leaders || leaders.authorities.length === 0) return card(title, without(leaders?.missing ?? "this run did not collect them."));
  return card(
    title,
    h("p", { class: "note" }, `Leader slots that were decided in the window, as ${leaders.node ?? "a validator"} decided them.`),
    leaderTable(leaders.authorities),
  );
}

/** A bar for each authority, of how its slots were decided. */
export function leaderTable(authorities: readonly LeaderRow[]): HTMLElement {
  const rows = authorities.map((row) => {
    const total = outcomes.reduce((sum, [field]) => sum + row[field], 0);
    return {
      label: row.name,
      name: row.name,
      total,
      parts: outcomes.map(([field, name, series]) => ({ name, value: row[field], series, text: count(row[field]) })),
      cells: [count(total), total > 0 ? percent((row.direct_commit + row.indirect_commit) / total) : "–"],
    };
  });
  return h("div", {}, key(outcomes.map(([, name, series]) => [name, series])), barTable("Leader outcomes by authority", "Authority", ["Slots", "Committed"], rows));
}

const explained: Readonly<Record<string, string>> = {
  queue: "scheduled, not yet sent: the generator's own lag",
  submit: "sent, until the validator's mempool has it",
  inclusion: "in the mempool, until a block of the validator has it",
  commit: "in a block, until that validator commits it",
  observation: "committed, until the runner has seen it",
};

/** The stages of a transaction's way; their means add up to the mean latency of the samples. */
export function breakdownCard(breakdown: LatencyBreakdown | null | undefined): HTMLElement {
  const title = "Where the latency goes";
  if (!breakdown || breakdown.stages.length === 0) return card(title, without(breakdown?.missing ?? "this run did not collect traces."));
  const parts = breakdown.stages.map((stage, index) => ({ name: stage.stage, value: Math.max(0, stage.mean_ms), series: (index % 6) + 1, text: ms(stage.mean_ms) }));
  return card(
    title,
    h(
      "p",
      { class: "note" },
      `${count(breakdown.samples)} transactions that the validators traced in the last ${seconds(breakdown.covered_seconds)} of the window. Means add up, percentiles do not.`,
      breakdown.one_clock ? null : " Runner and validators have clocks of their own: their offset moves time between submit and observation.",
    ),
    bar("Mean latency by stage", parts, parts.reduce((sum, part) => sum + part.value, 0)),
    key(parts.map((part) => [part.name, part.series])),
    table(
      title,
      [{ name: "Stage" }, { name: "Mean ms", numeric: true }, { name: "p50 ms", numeric: true }, { name: "p99 ms", numeric: true }],
      breakdown.stages.map((stage) => [
        h("span", {}, stage.stage, h("small", {}, explained[stage.stage] ?? "")),
        stage.mean_ms.toFixed(2),
        stage.p50_ms.toFixed(2),
        stage.p99_ms.toFixed(2),
      ]),
    ),
  );
}
