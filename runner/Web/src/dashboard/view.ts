import { h, replace, type Child } from "../dom";
import { Refusal } from "./api";

/** What the page shows at a time. `close` ends what it listens to. */
export interface View {
  readonly title: string;
  readonly element: HTMLElement;
  readonly close: () => void;
}

/** A card whose content is replaced as data come. */
export class Panel {
  readonly element: HTMLElement;
  private readonly body = h("div", {});

  constructor(title: string, note = "", ...controls: Child[]) {
    this.element = h("section", { class: "card" }, h("div", { class: "head" }, h("h2", {}, title), ...controls), note ? h("p", { class: "note" }, note) : null, this.body);
    this.show(h("p", { class: "without" }, "Waiting for data."));
  }

  /** Keeps the focus and the scroll position of what stands in the same place. */
  show(...children: Child[]): void {
    const scrolled = this.body.querySelector(".scroll")?.scrollLeft ?? 0;
    const focused = document.activeElement instanceof HTMLElement && this.body.contains(document.activeElement) ? document.activeElement : null;
    if (focused && focused.matches("button, a, input, select, summary")) return;
    replace(this.body, ...children);
    const region = this.body.querySelector<HTMLElement>(".scroll");
    if (region) region.scrollLeft = scrolled;
    if (focused?.matches(".scroll")) region?.focus();
  }

  fail(error: unknown): void {
    this.show(problem(error));
  }
}

export function problem(error: unknown): HTMLElement {
  const lines = error instanceof Refusal ? error.lines : [error instanceof TypeError ? "the service does not answer" : String(error)];
  return h("ul", { class: "remarks problem", role: "alert" }, ...lines.map((line) => h("li", {}, line)));
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
