// The page's own HTML stands in index.html; these functions find their way in it.
// Text from the service is only ever set as textContent, never as HTML.

/** The element that a selector names. A missing one is a defect of this page. */
export function find<T extends Element>(root: ParentNode, selector: string, kind: new () => T): T {
  const element = root.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`dom: no ${kind.name} matches ${selector}`);
  return element;
}

/** A fresh copy of what a <template> holds. */
export function copy(id: string): DocumentFragment {
  const template = find(document, `#${id}`, HTMLTemplateElement);
  return document.importNode(template.content, true);
}

/** Adds one <option> for each entry of a menu. */
export function addOptions(select: HTMLSelectElement, entries: Iterable<[string, string]>): void {
  for (const [value, label] of entries) select.add(new Option(label, value));
}

/** What stands in a form's text fields and menus. */
export function formParams(form: HTMLFormElement): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") params.set(name, value);
  return params;
}

/** Has a screen reader say what the eye sees change. */
export function announce(text: string): void {
  find(document, "#status", HTMLElement).textContent = text;
}
