import { h, patch, type Child } from "../dom";
import { Refusal } from "./api";

/** What the page shows at a time. `close` ends what it listens to. */
export interface View {
  readonly title: string;
  readonly element: HTMLElement;
  readonly close: () => void;
}

/** A card whose content changes as data come. */
export class Panel {
  readonly element: HTMLElement;
  private readonly trouble = h("div", {});
  private readonly body = h("div", {}, h("p", { class: "without" }, "Waiting for data."));
  private filled = false;

  constructor(title: string, note = "", ...controls: Child[]) {
    this.element = h("section", { class: "card" }, h("div", { class: "head" }, h("h2", {}, title), ...controls), note ? h("p", { class: "note" }, note) : null, this.trouble, this.body);
  }

  show(...children: Child[]): void {
    this.filled = true;
    patch(this.trouble);
    patch(this.body, ...children);
  }

  /** What was shown stays: it is the best that is known. Not an alert, since many panels fail at once; the header says that something is wrong. */
  fail(error: unknown): void {
    patch(this.trouble, h("p", { class: "problem" }, `${this.filled ? "Not up to date: " : ""}${linesOf(error).join("; ")}.`));
    if (!this.filled) patch(this.body);
  }
}

/** For what somebody just asked for. */
export function problem(error: unknown): HTMLElement {
  return h("ul", { class: "remarks problem", role: "alert" }, ...linesOf(error).map((line) => h("li", {}, line)));
}

function linesOf(error: unknown): readonly string[] {
  if (error instanceof Refusal) return error.lines;
  return [error instanceof TypeError ? "the dashboard's service does not answer: see whether mysticeti serve still runs" : String(error)];
}

/** Asks again and again while the page is visible, never twice at once. */
export function poll<T>(seconds: number, ask: () => Promise<T>, show: (answer: T) => void, fail: (error: unknown) => void): { now: () => void; stop: () => void } {
  let stopped = false;
  let asking = false;
  let again = false;
  const run = async (): Promise<void> => {
    if (stopped || document.hidden) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await ask();
      if (!stopped) show(answer);
    } catch (error) {
      if (!stopped) fail(error);
    }
    asking = false;
    if (again) {
      again = false;
      void run();
    }
  };
  const timer = setInterval(() => void run(), seconds * 1000);
  const visible = (): void => void run();
  document.addEventListener("visibilitychange", visible);
  void run();
  return {
    now: () => void run(),
    stop: () => {
      stopped = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", visible);
    },
  };
}
