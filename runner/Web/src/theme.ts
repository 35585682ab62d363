/** Colours live in the style sheet; canvases cannot see them, so they ask here and are told when they change. */

export type Colour = "series-1" | "series-2" | "series-3" | "series-4" | "series-5" | "series-6" | "text" | "muted" | "line" | "fault";

export function colour(name: Colour, alpha = 1): string {
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  if (alpha === 1) return value;
  return `${value}${Math.round(alpha * 255).toString(16).padStart(2, "0")}`;
}

/** Calls back when the page turns light or dark, and around printing, which is always light. */
export function onThemeChange(redraw: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", () => {
    document.documentElement.classList.add("print");
    redraw();
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("print");
    redraw();
  });
}
