// The dialog that adds an expense.
import { addGasto } from "../api.ts";
import { CATEGORIAS, type Empresa, type Gasto } from "../contract.ts";
import { today } from "../dates.ts";
import { addOptions, find, formParams } from "../dom.ts";
import { readExpense } from "../expense.ts";
import { Problem } from "../problem.ts";
import { clearAlert, showAlert } from "./alert.ts";
import { clearErrors, refuse, showErrors } from "./fields.ts";

export interface AddOptions {
  token: string;
  empresa: () => Empresa;
  onAdded: (gasto: Gasto) => void;
  onExpired: () => void;
}

/** Wires the dialog to the button that opens it. */
export function wireAdd(root: ParentNode, options: AddOptions): void {
  const dialog = find(root, "#add-dialog", HTMLDialogElement);
  const form = find(dialog, "form", HTMLFormElement);
  const alert = find(dialog, "[role=alert]", HTMLElement);
  const submit = find(form, "[type=submit]", HTMLButtonElement);
  addOptions(find(form, "#a-categoria", HTMLSelectElement), Object.entries(CATEGORIAS));

  find(root, "#open-add", HTMLButtonElement).addEventListener("click", () => {
    form.reset();
    clearErrors(form);
    clearAlert(alert);
    find(dialog, "#add-company", HTMLElement).textContent = options.empresa().nombre;
    find(form, "#a-fecha", HTMLInputElement).value = today();
    dialog.showModal();
  });
  find(form, "#cancel-add", HTMLButtonElement).addEventListener("click", () => dialog.close());

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    clearErrors(form);
    clearAlert(alert);
    const { gasto, errors } = readExpense(formParams(form), options.empresa().id);
    if (errors.length > 0) {
      showErrors(form, errors);
      return;
    }
    submit.disabled = true;
    try {
      const added = await addGasto(options.token, gasto);
      dialog.close();
      options.onAdded(added);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) options.onExpired();
      else showRefusal(form, alert, error);
    } finally {
      submit.disabled = false;
    }
  });
}

function showRefusal(form: HTMLFormElement, alert: HTMLElement, problem: Problem): void {
  if (problem.timedOut) {
    // The service may have saved it: sending it twice would pay it twice.
    showAlert(alert, "El servicio no ha respondido a tiempo y no sabemos si el gasto se guardó. Mira la lista antes de repetirlo.");
  } else {
    refuse(form, alert, problem);
  }
}
