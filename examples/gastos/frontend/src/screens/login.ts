// The login screen.
import { login } from "../api.ts";
import type { FieldError } from "../contract.ts";
import { copy, find, formParams } from "../dom.ts";
import { Problem } from "../problem.ts";
import { saveSession, type Session } from "../session.ts";
import { clearAlert, showAlert } from "./alert.ts";
import { clearErrors, refuse, showErrors } from "./fields.ts";

/** Shows the screen; notice says why the reader is here, "" for no reason. */
export function showLogin(root: HTMLElement, notice: string, onLogin: (session: Session) => void): void {
  document.title = "Entrar · Gastos";
  root.replaceChildren(copy("login-screen"));
  const form = find(root, "form", HTMLFormElement);
  const alert = find(root, "[role=alert]", HTMLElement);
  const email = find(form, "#email", HTMLInputElement);
  const password = find(form, "#password", HTMLInputElement);
  const submit = find(form, "[type=submit]", HTMLButtonElement);

  if (notice) find(root, "#notice", HTMLElement).textContent = notice;
  email.focus();

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    clearAlert(alert);
    clearErrors(form);
    const fields = formParams(form);
    const missing = checkLogin(fields);
    if (missing.length > 0) {
      showErrors(form, missing);
      return;
    }
    submit.disabled = true;
    try {
      onLogin(saveSession(await login(email.value.trim(), password.value)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      password.value = "";
      password.focus();
      if (error.status === 401) showAlert(alert, "El correo o la contraseña no son correctos.");
      else refuse(form, alert, error);
    } finally {
      submit.disabled = false;
    }
  });
}

function checkLogin(fields: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  if (!fields.get("email")?.trim()) errors.push({ field: "email", message: "Escribe tu correo." });
  if (!fields.get("password")) errors.push({ field: "password", message: "Escribe tu contraseña." });
  return errors;
}
