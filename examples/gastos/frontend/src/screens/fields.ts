// Errors at the fields of a form. Each field `x` has an element `[data-error="x"]`
// that its control names in aria-describedby.
import type { FieldError } from "../contract.ts";
import type { Problem } from "../problem.ts";
import { showAlert, showProblem } from "./alert.ts";

/** Removes every field error of a form. */
export function clearErrors(form: HTMLFormElement): void {
  for (const place of form.querySelectorAll<HTMLElement>("[data-error]")) place.textContent = "";
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
}

/**
 * Shows errors at their fields and moves the focus to the first one.
 * Returns the errors of fields that this form does not have.
 */
export function showErrors(form: HTMLFormElement, errors: FieldError[]): FieldError[] {
  const homeless: FieldError[] = [];
  for (const error of errors) {
    const control = form.elements.namedItem(error.field);
    const place = form.querySelector(`[data-error="${CSS.escape(error.field)}"]`);
    if (!(control instanceof HTMLElement) || !place) {
      homeless.push(error);
      continue;
    }
    place.textContent = place.textContent ? `${place.textContent} ${error.message}` : error.message;
    control.setAttribute("aria-invalid", "true");
  }
  form.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  return homeless;
}

/**
 * Shows why the service refused a form: its errors at their fields, and in the
 * alert box what has no field here.
 */
export function refuse(form: HTMLFormElement, alert: HTMLElement, problem: Problem, retry?: () => void): void {
  if (problem.errors.length === 0) {
    showProblem(alert, problem, retry);
    return;
  }
  const homeless = showErrors(form, problem.errors);
  if (homeless.length > 0) showAlert(alert, homeless.map(({ field, message }) => `${field}: ${message}`).join(" · "));
}
