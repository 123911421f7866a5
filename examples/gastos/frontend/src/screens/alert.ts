// The box that tells of a failure: what happened, and the request-id when the
// reader can do nothing but report it.
import { copy, find } from "../dom.ts";
import { explain, isUnexpected, type Problem } from "../problem.ts";

/** Empties an alert box, which hides it. */
export function clearAlert(box: HTMLElement): void {
  box.replaceChildren();
}

/** Shows a plain sentence. */
export function showAlert(box: HTMLElement, text: string): void {
  const message = document.createElement("p");
  message.textContent = text;
  box.replaceChildren(message);
}

/** Shows a problem, with a button to try again where that makes sense. */
export function showProblem(box: HTMLElement, problem: Problem, retry?: () => void): void {
  showAlert(box, explain(problem));
  if (isUnexpected(problem) && problem.requestId !== "") {
    const line = copy("request-id");
    find(line, "code", HTMLElement).textContent = problem.requestId;
    box.append(line);
  }
  if (retry) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = "Reintentar";
    button.addEventListener("click", retry);
    box.append(button);
  }
}
