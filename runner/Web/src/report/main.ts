import "../style.css";
import { append, h } from "../dom";
import { when } from "../format";
import type { RunData } from "../data";
import { runSections } from "./run";
import { loadSection } from "./load";
import { environmentSection } from "./environment";

const source = document.getElementById("data");
const page = document.getElementById("page");
if (source?.textContent && page) show(JSON.parse(source.textContent) as RunData, page);

function show(data: RunData, page: HTMLElement): void {
  const { summary } = data;
  document.title = `${data.run} – Mysticeti benchmark`;
  const loads = data.loads.map((load) => loadSection(load));
  const header = h(
    "header",
    {},
    h("p", { class: "overline" }, "Mysticeti benchmark"),
    h("h1", {}, `${summary.network_type} network${summary.network_name === summary.network_type ? "" : ` “${summary.network_name}”`}`),
    h("p", { class: "lead" }, `${when(summary.started_at)} · ${data.run}${summary.interrupted ? " · interrupted: what follows is over the time that was measured" : ""}`),
  );
  const main = h("main", { id: "main" }, ...runSections(data), ...loads, environmentSection(data));
  const entries = [...main.querySelectorAll<HTMLElement>("section[id] > h2")].map((heading) =>
    h("li", {}, h("a", { href: `#${heading.parentElement?.id ?? ""}` }, heading.dataset["short"] ?? heading.textContent)),
  );
  append(page, [h("a", { class: "skip", href: "#main" }, "Skip to the results"), header, h("nav", { "aria-label": "Sections" }, h("ul", {}, ...entries)), main]);
}
