import { h } from "../dom";
import { clock } from "../format";
import type { LogLine } from "./api";

/** An experiment's log. Lines are only ever added, so that a screen reader reads each once; the end stays in view unless somebody scrolled away from it. */
export class LogView {
  private readonly lines = h("ol", { class: "log", role: "log", tabindex: 0, "aria-label": "Log" });
  readonly element = h("section", { class: "card" }, h("h2", {}, "Log"), this.lines);
  private last = 0;
  /** Lines that came before the ones that they follow; null: those have come. */
  private early: LogLine[] | null = [];

  /** All lines so far; those that are shown already are left out. */
  show(lines: readonly LogLine[]): void {
    const early = this.early ?? [];
    this.early = null;
    this.append([...lines, ...early]);
  }

  /** A line that was just written. */
  add(line: LogLine): void {
    if (this.early) this.early.push(line);
    else this.append([line]);
  }

  private append(lines: readonly LogLine[]): void {
    const { lines: list } = this;
    const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 4;
    for (const line of lines.filter((candidate) => candidate.id > this.last)) {
      list.append(item(line));
      this.last = line.id;
    }
    if (atEnd) list.scrollTop = list.scrollHeight;
  }
}

function item(line: LogLine): HTMLElement {
  return h("li", { class: line.level }, h("time", {}, clock(line.time)), " ", line.level === "info" ? null : h("strong", {}, `${line.level}: `), line.text);
}
