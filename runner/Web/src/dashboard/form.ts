import { h, replace, uniqueId, type Child } from "../dom";
import { count } from "../format";
import { get, post, Refusal, type ExperimentAnswer, type Plan } from "./api";
import { planTable } from "./plan";
import { problem } from "./view";

interface Field {
  readonly name: string;
  readonly label: string;
  readonly value: string | number | boolean;
  readonly hint?: string;
  readonly choices?: readonly string[];
  /** What is written in it is JSON. */
  readonly json?: boolean;
}

const fields: readonly Field[] = [
  { name: "experiment_name", label: "Name", value: "", hint: "unique, at most 50 characters, no spaces" },
  { name: "rounds", label: "Rounds", value: 4 },
  { name: "base_tps", label: "Lowest rate", value: 100, hint: "tx/s" },
  { name: "stress_tps", label: "Highest rate", value: 500, hint: "tx/s" },
  { name: "round_duration_min", label: "Round", value: 1, hint: "minutes" },
  { name: "pause_min", label: "Pause", value: 0.5, hint: "minutes" },
];

const more: readonly Field[] = [
  { name: "description", label: "Description", value: "" },
  { name: "network", label: "Network", value: "", json: true, hint: 'empty: the service\'s own; or {"type":"embedded","committee":7}, {"outputs":FILE}, {"nodes":[URL, ..]}' },
  { name: "large_pause_min", label: "Large pause", value: 0, hint: "minutes" },
  { name: "large_pause_every_n_rounds", label: "Large pause every", value: 8, hint: "rounds" },
  { name: "stops_per_round", label: "Stops per round", value: 0, hint: "times that validators are killed and started again" },
  { name: "min_stop_ratio", label: "Stopped share, least", value: 0, hint: "of the validators, 0 to 1" },
  { name: "max_stop_ratio", label: "Stopped share, most", value: 0.33, hint: "of the validators, 0 to 1" },
  { name: "rotation_ratio", label: "Rotation", value: 0, hint: "share of the senders that receive load in a round, others in the next; 0: all" },
  { name: "sender_ratio", label: "Senders", value: 1, hint: "share of the validators that receive load at all" },
  { name: "tx_size_bytes", label: "Transaction size", value: 512, hint: "bytes" },
  { name: "arrival", label: "Arrival", value: "constant", choices: ["constant", "poisson"] },
  { name: "seed", label: "Seed", value: "", json: true, hint: "a whole number; empty: made from the other settings" },
  { name: "warmup_sec", label: "Warm-up", value: 1, hint: "seconds" },
  { name: "drain_timeout_sec", label: "Drain", value: 5, hint: "seconds at most" },
  { name: "allow_quorum_loss", label: "Allow quorum loss", value: false, hint: "stop more stake than the network tolerates" },
];

/** Starts an experiment: first its plan may be looked at, which is exactly what will be done. */
export function experimentForm(template: string | null): HTMLElement {
  const answer = h("div", {});
  const told = h("p", { class: "note", role: "status" });
  const check = h("button", { type: "button" }, "Show plan");
  const start = h("button", { type: "submit", class: "primary" }, "Start");
  const form = h(
    "form",
    { class: "card", "aria-label": "New experiment", novalidate: true },
    h("div", { class: "head" }, h("h2", {}, "New experiment")),
    h("div", { class: "fields" }, ...fields.map(input)),
    h("details", {}, h("summary", {}, "More settings"), h("div", { class: "fields" }, ...more.map(input))),
    h("p", { class: "buttons" }, start, check),
    told,
    answer,
  );
  let sending = false;
  const send = async (what: "test" | "run"): Promise<void> => {
    // Buttons that are disabled would lose the focus.
    if (sending) return;
    sending = true;
    replace(told, "Asking the orchestrator.");
    replace(answer);
    try {
      const setup = setupOf(form);
      if (what === "run") {
        await post("experiments/run", { experiment_setup: setup });
        location.hash = `#experiment/${encodeURIComponent(String(setup["experiment_name"]))}`;
      } else {
        const plan = await post<Plan>("experiments/test", { experiment_setup: setup });
        replace(told, `This is what will be done in ${count(plan.rounds.length)} rounds.`);
        replace(answer, ...planBody(plan));
      }
    } catch (error) {
      replace(told);
      replace(answer, problem(error));
    }
    sending = false;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send("run");
  });
  check.addEventListener("click", () => void send("test"));
  if (template !== null) void fill(form, template, answer);
  return form;
}

function input(field: Field): HTMLElement {
  const id = uniqueId("field");
  const hint = field.hint ? uniqueId("hint") : null;
  const common = { id, name: field.name, "aria-describedby": hint };
  const control = field.choices
    ? h("select", common, ...field.choices.map((choice) => h("option", { value: choice, selected: choice === field.value }, choice)))
    : typeof field.value === "boolean"
      ? h("input", { ...common, type: "checkbox", checked: field.value })
      : h("input", { ...common, type: typeof field.value === "number" ? "number" : "text", step: typeof field.value === "number" ? "any" : null, value: field.value, autocomplete: "off" });
  return h("div", {}, h("label", { for: id }, field.label), control, field.hint ? h("small", { id: hint }, field.hint) : null);
}

/** What stands in the form; the service checks it, and says what is wrong. Only what cannot be sent at all is refused here. */
function setupOf(form: HTMLFormElement): Record<string, unknown> {
  // It does not apply to these validators, and would be warned of.
  const setup: Record<string, unknown> = { stop_clean_ratio: 0 };
  const errors: string[] = [];
  for (const field of [...fields, ...more]) {
    const control = form.elements.namedItem(field.name) as HTMLInputElement | HTMLSelectElement;
    const text = control.value.trim();
    if (control instanceof HTMLInputElement && control.type === "checkbox") setup[field.name] = control.checked;
    else if (control.validity.badInput) errors.push(`${field.label} is not a number`);
    else if (field.name === "experiment_name") setup[field.name] = text;
    else if (text !== "") setup[field.name] = typeof field.value === "number" ? Number(text) : field.json ? parsed(field, text, errors) : text;
  }
  if (errors.length > 0) throw new Refusal(400, errors);
  return setup;
}

function parsed(field: Field, text: string, errors: string[]): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    errors.push(`${field.label} cannot be read: ${field.hint}`);
    return null;
  }
}

/** Takes over the setup of an earlier experiment, all but its name. */
async function fill(form: HTMLFormElement, template: string, answer: HTMLElement): Promise<void> {
  try {
    const { state } = await get<ExperimentAnswer>(`experiments/${encodeURIComponent(template)}`);
    for (const [name, value] of Object.entries(state.setup_json ?? {})) {
      const control = form.elements.namedItem(name);
      if (name === "experiment_name" || value === null) continue;
      if (control instanceof HTMLInputElement && control.type === "checkbox") control.checked = value === true;
      else if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) control.value = typeof value === "object" ? JSON.stringify(value) : String(value);
    }
  } catch (error) {
    replace(answer, problem(error));
  }
}

function planBody(plan: Plan): Child[] {
  return [
    h("h3", {}, "Plan"),
    h("p", { class: "note" }, "Seed ", h("code", {}, String(plan.seed)), ", hash ", h("code", {}, plan.plan_hash.slice(0, 16))),
    plan.warnings.length > 0 ? h("ul", { class: "remarks" }, ...plan.warnings.map((warning) => h("li", {}, warning))) : null,
    planTable(plan),
  ];
}
