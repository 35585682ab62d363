/** Builds elements without a template language: text is always text, never markup. */

export type Child = Node | string | number | null | undefined | false;
export type Attributes = Record<string, string | number | boolean | null | undefined>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

export function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.append(typeof child === "number" ? String(child) : child);
  }
}

export function replace(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/**
 * Makes of an element's content what `replace` would, but keeps every node that can be kept, and with it focus, selection, scroll position and what a
 * screen reader has read out. Listeners stay with the nodes that are kept: those of content that is shown this way belong to the element around it.
 */
export function patch(element: Element, ...children: Child[]): void {
  merge(element, h("div", {}, ...children));
}

function merge(element: Element, wanted: Element): void {
  const [before, after] = [[...element.childNodes], [...wanted.childNodes]];
  after.forEach((child, index) => {
    const known = before[index];
    if (known === undefined) element.append(child);
    else if (known.isEqualNode(child)) return;
    else if (known instanceof HTMLElement && child instanceof HTMLElement && known.tagName === child.tagName) {
      mergeAttributes(known, child);
      merge(known, child);
    } else if (known instanceof Text && child instanceof Text) known.data = child.data;
    else known.replaceWith(child);
  });
  before.slice(after.length).forEach((node) => node.remove());
}

function mergeAttributes(element: HTMLElement, wanted: HTMLElement): void {
  for (const name of element.getAttributeNames()) if (!wanted.hasAttribute(name)) element.removeAttribute(name);
  for (const name of wanted.getAttributeNames()) if (name !== "style") element.setAttribute(name, wanted.getAttribute(name) ?? "");
  // The content policy forbids styles in attributes.
  element.style.cssText = wanted.style.cssText;
}

let counter = 0;

/** An id that no other element of the page has. */
export function uniqueId(prefix: string): string {
  counter += 1;
  return `${prefix}-${counter}`;
}
