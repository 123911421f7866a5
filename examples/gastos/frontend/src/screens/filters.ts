// The filter form above the table.
import { CATEGORIAS, ESTADOS } from "../contract.ts";
import { addOptions, find, formParams } from "../dom.ts";
import { checkFilter, countFilters, NO_FILTER, readFilter, type Filter } from "../query.ts";
import { clearErrors, showErrors } from "./fields.ts";

/** Wires the form; onChange receives each filter the reader asks for. */
export function wireFilters(root: ParentNode, onChange: (filter: Filter) => unknown): void {
  const form = find(root, "#filters", HTMLFormElement);
  addOptions(find(form, "#f-categoria", HTMLSelectElement), Object.entries(CATEGORIAS));
  addOptions(find(form, "#f-estado", HTMLSelectElement), Object.entries(ESTADOS));

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearErrors(form);
    const filter = readFilter(formParams(form));
    const errors = checkFilter(filter);
    if (errors.length > 0) showErrors(form, errors);
    else onChange(filter);
  });

  find(form, "#clear-filters", HTMLButtonElement).addEventListener("click", () => {
    onChange({ ...NO_FILTER });
    // The button hides with the last filter; the focus must not vanish with it.
    find(form, "#f-q", HTMLInputElement).focus();
  });

  // On a narrow screen the form is folded away behind this button.
  const toggle = find(root, "#toggle-filters", HTMLButtonElement);
  toggle.addEventListener("click", () => {
    const open = toggle.getAttribute("aria-expanded") === "true";
    toggle.setAttribute("aria-expanded", String(!open));
  });
}

/** Unfolds the form, where a narrow screen folds it. */
export function openFilters(root: ParentNode): void {
  find(root, "#toggle-filters", HTMLButtonElement).setAttribute("aria-expanded", "true");
}

/** Shows a filter in the form. */
export function fillFilters(root: ParentNode, filter: Filter): void {
  const form = find(root, "#filters", HTMLFormElement);
  clearErrors(form);
  find(form, "#f-q", HTMLInputElement).value = filter.q;
  find(form, "#f-categoria", HTMLSelectElement).value = filter.categoria;
  find(form, "#f-estado", HTMLSelectElement).value = filter.estado;
  find(form, "#f-desde", HTMLInputElement).value = filter.desde;
  find(form, "#f-hasta", HTMLInputElement).value = filter.hasta;

  const count = countFilters(filter);
  find(form, "#clear-filters", HTMLButtonElement).hidden = count === 0;
  find(root, "#filter-count", HTMLElement).textContent = count === 0 ? "" : `(${count})`;
}
