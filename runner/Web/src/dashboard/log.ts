import { h } from "../dom";
import { clock } from "../format";
import type { LogLine } from "./api";

/** An experiment's log. Lines are only ever added, so that a screen reader reads each once; the end stays in view unless somebody scrolled away from it. */
export class LogView {
  private readonly lines = h("ol", {});
  private readonly window = h("div", { class: "log", role: "log", tabindex: 0, "aria-label": "Log" }, this.lines);
  readonly element = h("section", { class: "card" }, h("h2", {}, "Log"), this.window);
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
    const { window } = this;
    const atEnd = window.scrollTop + window.clientHeight >= window.scrollHeight - 4;
    for (const line of lines) {
      if (line.id <= this.last) continue;
      this.lines.append(item(line));
      this.last = line.id;
    }
    if (atEnd) window.scrollTop = window.scrollHeight;
  }
}

function item(line: LogLine): HTMLElement {
  return h("li", { class: line.level }, h("time", {}, clock(line.time)), " ", line.level === "info" ? null : h("strong", {}, `${line.level}: `), line.text);
}
