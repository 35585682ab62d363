import { chart } from "../charts/chart";
import { table } from "../charts/table";
import { h } from "../dom";
import { count, exists, missing, percent, short, type Figure } from "../format";
import { get, type ExperimentAnswer, type Round } from "./api";
import { experimentLink } from "./experiments";
import { problem, type View } from "./view";

/** Two experiments side by side, round by round. */
export function compareView(first: string, second: string): View {
  const body = h("div", {}, h("p", { class: "without" }, "Waiting for data."));
  const ask = (name: string): Promise<ExperimentAnswer> => get<ExperimentAnswer>(`experiments/${encodeURIComponent(name)}`);
  Promise.all([ask(first), ask(second)]).then(
    ([a, b]) => body.replaceChildren(...comparison(a, b)),
    (error: unknown) => body.replaceChildren(problem(error)),
  );
  return { title: `${first} and ${second}`, element: h("div", {}, h("p", {}, h("a", { href: "#experiments" }, "All experiments")), body), close: () => undefined };
}

function comparison(a: ExperimentAnswer, b: ExperimentAnswer): HTMLElement[] {
  return [
    h("section", { class: "card" }, h("h2", {}, "Setups"), differences(a, b)),
    h("div", { class: "pair" }, byRound("Committed tx/s", "tx/s", a, b, (round) => round.committed_rate), byRound("p99 latency", "ms", a, b, (round) => round.p99)),
    h("section", { class: "card" }, h("h2", {}, "Round by round"), h("p", { class: "note" }, "Rounds of the same number; the change is from the first experiment to the second. One measurement each: small differences mean nothing."), rounds(a, b)),
  ];
}

/** Only where they differ: there the results may come from. */
function differences(a: ExperimentAnswer, b: ExperimentAnswer): HTMLElement {
  const [first, second] = [a.state.setup_json ?? {}, b.state.setup_json ?? {}];
  const names = [...new Set([...Object.keys(first), ...Object.keys(second)])].filter((name) => name !== "experiment_name" && JSON.stringify(first[name]) !== JSON.stringify(second[name]));
  const text = (value: unknown): string => (value === undefined || value === null ? missing : String(value));
  return names.length === 0
    ? h("p", {}, "The same setup: ", experimentLink(a.state.name), " and ", experimentLink(b.state.name), ".")
    : table("Settings that differ", [{ name: "Setting" }, { name: a.state.name }, { name: b.state.name }], names.map((name) => [h("code", {}, name), text(first[name]), text(second[name])]));
}

/** By the number of the round: percentiles of several rounds of one rate have no mean. */
function byRound(title: string, unit: string, a: ExperimentAnswer, b: ExperimentAnswer, pick: (round: Round) => Figure): HTMLElement {
  const x = [...new Set([...a.rounds, ...b.rounds].map((round) => round.round))].sort((left, right) => left - right);
  const line = ({ rounds }: ExperimentAnswer): Figure[] => x.map((number) => pickOf(rounds.find((round) => round.round === number), pick));
  return chart({
    title,
    note: "Of the rounds of the same number.",
    xLabel: "Round",
    yLabel: unit,
    x,
    xSplits: x,
    series: [
      { label: a.state.name, values: line(a), colour: "series-1", kind: "points" },
      { label: b.state.name, values: line(b), colour: "series-2", kind: "points", dash: [6, 3] },
    ],
  });
}

function pickOf(round: Round | undefined, pick: (round: Round) => Figure): Figure {
  return round ? pick(round) : null;
}

function rounds(a: ExperimentAnswer, b: ExperimentAnswer): HTMLElement {
  const pairs = a.rounds.flatMap((round) => {
    const other = b.rounds.find((candidate) => candidate.round === round.round);
    return other ? [[round, other] as const] : [];
  });
  const both = (first: Figure, second: Figure): string => `${short(first)} → ${short(second)}`;
  const change = (first: Figure, second: Figure): string => (exists(first) && exists(second) && first !== 0 ? `${second >= first ? "+" : ""}${percent(second / first - 1)}` : missing);
  return table(
    "Rounds of both experiments",
    [{ name: "Round" }, { name: "Rate tx/s", numeric: true }, { name: "Committed tx/s", numeric: true }, { name: "Change", numeric: true }, { name: "p50 ms", numeric: true }, { name: "Change", numeric: true }, { name: "p99 ms", numeric: true }, { name: "Change", numeric: true }, { name: "Failed", numeric: true }, { name: "Verdict" }],
    pairs.map(([first, second]) => [
      count(first.round),
      both(first.rate, second.rate),
      both(first.committed_rate, second.committed_rate),
      change(first.committed_rate, second.committed_rate),
      both(first.p50, second.p50),
      change(first.p50, second.p50),
      both(first.p99, second.p99),
      change(first.p99, second.p99),
      `${count(first.failed)} → ${count(second.failed)}`,
      `${first.verdict ?? missing} → ${second.verdict ?? missing}`,
    ]),
  );
}
