import { bar, key } from "../charts/bars";
import { chart } from "../charts/chart";
import { facts, table } from "../charts/table";
import { h, type Child } from "../dom";
import { clock, count, exists, missing, short } from "../format";
import { safetyBadge, verdictBadge } from "../report/parts";
import { get, post, type ExperimentAnswer, type LogLine, type Round } from "./api";
import { isRunning, setupPairs, statusBadge } from "./experiments";
import type { Live } from "./live";
import { Panel, poll, problem, type View } from "./view";

/** One experiment while it runs, and afterwards. */
export function experimentView(live: Live, name: string): View {
  const state = new Panel("State");
  const rounds = new Panel("Rounds", "Each with the ledger of its transactions; failed are rejected and lost ones, missed those that were not sent.");
  const curve = h("div", { class: "pair" });
  const setup = new Panel("Parameters");
  const log = h("ol", { class: "log", role: "log", tabindex: 0, "aria-label": "Log" });
  const show = (answer: ExperimentAnswer): void => {
    state.show(...stateBody(answer, (error) => state.show(problem(error)), () => polls.now()));
    rounds.show(answer.rounds.length === 0 ? h("p", { class: "without" }, "No round has finished yet.") : roundsTable(answer.rounds));
    curve.replaceChildren(...(answer.rounds.length > 0 ? roundCharts(answer.rounds) : []));
    setup.show(facts(setupPairs(answer.state.setup_json)));
    log.replaceChildren(...answer.logs.map(logLine));
  };
  const polls = poll(15, () => get<ExperimentAnswer>(`experiments/${encodeURIComponent(name)}`), show, (error) => state.fail(error));
  const stops = [
    live.on("experiment", (event) => {
      if (event.state.name === name) polls.now();
    }),
    live.on("log", (line) => {
      if (line.name !== name) return;
      log.append(logLine(line));
      log.scrollTop = log.scrollHeight;
    }),
  ];
  return {
    title: name,
    element: h("div", {}, h("p", {}, h("a", { href: "#experiments" }, "All experiments")), state.element, curve, rounds.element, h("div", { class: "cards" }, h("section", { class: "card" }, h("h2", {}, "Log"), log), setup.element)),
    close: () => {
      stops.forEach((stop) => stop());
      polls.stop();
    },
  };
}

function stateBody({ state }: ExperimentAnswer, fail: (error: unknown) => void, changed: () => void): Child[] {
  const cancel = h("button", { type: "button", class: "danger" }, "Cancel experiment");
  cancel.addEventListener("click", () => {
    if (!confirm(`Cancel ${state.name}? Its load stops at once.`)) return;
    cancel.blur();
    post("experiments/cancel", {}).then(changed, fail);
  });
  const [step, steps] = [state.step ?? 0, state.steps ?? 0];
  return [
    h("p", { class: "badges", role: "status" }, statusBadge(state.status), h("span", {}, state.step_name ?? "")),
    steps > 0 ? h("progress", { max: steps, value: step, "aria-label": `Step ${step} of ${steps}` }) : null,
    ...[state.errors, state.warnings].map((lines) => (lines?.length ? h("ul", { class: "remarks" }, ...lines.map((line) => h("li", {}, line))) : null)),
    facts([
      ["Started", clock(state.created_at, true)],
      ["Ended", exists(state.ended_at) ? clock(state.ended_at, true) : missing],
      ["Deployment", count(state.deployment_id)],
      ["Plan", h("code", {}, state.plan_hash?.slice(0, 16) ?? missing)],
      ...(state.comment ? [["Comment", state.comment] as const] : []),
    ]),
    h("p", { class: "buttons" }, isRunning(state) ? cancel : null, h("a", { class: "button", href: `#experiments/${encodeURIComponent(state.name)}` }, "Use as template")),
  ];
}

export function roundsTable(rounds: readonly Round[]): HTMLElement {
  return h(
    "div",
    {},
    key([["successful", 3], ["failed", 2], ["missed", 6]]),
    table(
      "Rounds",
      [{ name: "Round" }, { name: "Rate tx/s", numeric: true }, { name: "Committed tx/s", numeric: true }, { name: "p50 ms", numeric: true }, { name: "p99 ms", numeric: true }, { name: "Ledger" }, { name: "Total", numeric: true }, { name: "Successful", numeric: true }, { name: "Failed", numeric: true }, { name: "Missed", numeric: true }, { name: "Verdict" }, { name: "Safety" }],
      rounds.map((round): Child[] => [
        count(round.round),
        short(round.rate),
        short(round.committed_rate),
        short(round.p50),
        short(round.p99),
        ledgerBar(round),
        count(round.total),
        count(round.successful),
        count(round.failed),
        count(round.missed),
        round.verdict ? h("span", { title: (round.verdict_reasons ?? []).join("; ") }, verdictBadge(round.verdict)) : missing,
        round.safe === null || round.safe === undefined ? missing : safetyBadge(round.safe),
      ]),
    ),
  );
}

function ledgerBar(round: Round): HTMLElement {
  const part = (name: string, value: number | null | undefined, series: number) => ({ name, value: value ?? 0, series, text: count(value) });
  return bar(`Round ${round.round}`, [part("successful", round.successful, 3), part("failed", round.failed, 2), part("missed", round.missed, 6)], round.total ?? 0);
}

export function roundCharts(rounds: readonly Round[]): HTMLElement[] {
  const x = rounds.map((round) => round.round);
  return [
    chart({
      title: "Offered and committed by round",
      note: "Transactions a second.",
      xLabel: "Round",
      yLabel: "tx/s",
      x,
      xSplits: x,
      series: [
        { label: "Committed", values: rounds.map((round) => round.committed_rate), colour: "series-3", kind: "points" },
        { label: "Offered", values: rounds.map((round) => round.rate), colour: "muted", dash: [4, 3] },
      ],
    }),
    chart({
      title: "Latency by round",
      note: "From the scheduled time to the observed commit.",
      xLabel: "Round",
      yLabel: "Latency ms (log)",
      yLog: true,
      x,
      xSplits: x,
      series: [
        { label: "p50", values: rounds.map((round) => round.p50), colour: "series-1", kind: "points" },
        { label: "p99", values: rounds.map((round) => round.p99), colour: "series-2", kind: "points", dash: [6, 3] },
      ],
    }),
  ];
}

function logLine(line: LogLine): HTMLElement {
  return h("li", { class: line.level }, h("time", {}, clock(line.time)), " ", line.text);
}
