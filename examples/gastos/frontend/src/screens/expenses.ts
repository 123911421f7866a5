// The screen behind the login: the reader's companies and their expenses.
import { listEmpresas, listGastos } from "../api.ts";
import type { Empresa, Gasto, Page } from "../contract.ts";
import { addOptions, announce, copy, find } from "../dom.ts";
import { formatMoney } from "../money.ts";
import { Problem } from "../problem.ts";
import { countFilters, lastPage, PAGE_SIZES, readQuery, writeQuery, type Query } from "../query.ts";
import type { Session } from "../session.ts";
import { wireAdd } from "./add.ts";
import { clearAlert, showProblem } from "./alert.ts";
import { refuse } from "./fields.ts";
import { fillFilters, openFilters, wireFilters } from "./filters.ts";
import { countText, fillPager, fillRows } from "./table.ts";

export type End = "logout" | "expired";

/** Shows the screen until the reader leaves or the service refuses the session. */
export async function showExpenses(root: HTMLElement, session: Session, onEnd: (end: End) => void): Promise<void> {
  document.title = "Gastos";
  root.replaceChildren(copy("expenses-screen"));
  const stay = new AbortController();
  const leave = (end: End) => {
    stay.abort();
    onEnd(end);
  };
  find(root, "#user-name", HTMLElement).textContent = session.usuario.nombre;
  find(root, "#logout", HTMLButtonElement).addEventListener("click", () => leave("logout"));

  const alert = find(root, "#list-alert", HTMLElement);
  try {
    const empresas = await listEmpresas(session.token);
    if (stay.signal.aborted) return;
    if (empresas.length === 0) find(root, "#no-company", HTMLElement).hidden = false;
    else new ExpenseList(root, session.token, empresas, leave, stay.signal).start();
  } catch (error) {
    if (stay.signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) leave("expired");
    else showProblem(alert, error, () => void showExpenses(root, session, onEnd));
  }
}

/** The list and everything that changes which part of it is shown. */
class ExpenseList {
  readonly #root: HTMLElement;
  readonly #token: string;
  readonly #empresas: Empresa[];
  readonly #leave: (end: End) => void;
  readonly #stay: AbortSignal;
  #query: Query;
  #loading = new AbortController();

  constructor(root: HTMLElement, token: string, empresas: Empresa[], leave: (end: End) => void, stay: AbortSignal) {
    this.#root = root;
    this.#token = token;
    this.#empresas = empresas;
    this.#leave = leave;
    this.#stay = stay;
    this.#query = this.#addressQuery();
  }

  start(): void {
    this.#wireCompany();
    this.#wirePager();
    wireFilters(this.#root, (filter) => this.#go({ ...filter, page: 1 }));
    wireAdd(this.#root, {
      token: this.#token,
      empresa: () => this.#empresa(),
      onAdded: (gasto) => void this.#reload(gasto),
      onExpired: () => this.#leave("expired"),
    });
    const back = () => {
      this.#query = this.#addressQuery();
      void this.#load();
    };
    window.addEventListener("popstate", back, { signal: this.#stay });
    find(this.#root, "#workspace", HTMLElement).hidden = false;
    find(this.#root, "h1", HTMLElement).focus();
    void this.#load();
  }

  #addressQuery(): Query {
    const query = readQuery(new URLSearchParams(location.search));
    const known = this.#empresas.some((empresa) => empresa.id === query.empresaId);
    return known ? query : { ...query, empresaId: this.#empresas[0]!.id };
  }

  #empresa(): Empresa {
    return this.#empresas.find((empresa) => empresa.id === this.#query.empresaId)!;
  }

  #wireCompany(): void {
    const select = find(this.#root, "#company", HTMLSelectElement);
    addOptions(select, this.#empresas.map(({ id, nombre }) => [String(id), nombre]));
    find(this.#root, "#company-field", HTMLElement).hidden = this.#empresas.length < 2;
    select.addEventListener("change", () => void this.#go({ empresaId: Number(select.value), page: 1 }));
  }

  #wirePager(): void {
    const select = find(this.#root, "#page-size", HTMLSelectElement);
    addOptions(select, PAGE_SIZES.map((size) => [String(size), String(size)]));
    select.addEventListener("change", () => void this.#go({ pageSize: Number(select.value), page: 1 }));
    for (const button of this.#root.querySelectorAll<HTMLButtonElement>("[data-go]")) {
      button.addEventListener("click", async () => {
        const shown = await this.#go({ page: Number(button.dataset["page"]) });
        if (shown) find(this.#root, "#results-title", HTMLElement).focus();
      });
    }
  }

  /** Shows another part of the list and puts it into the tab's history. */
  #go(change: Partial<Query>): Promise<Page<Gasto> | undefined> {
    this.#query = { ...this.#query, ...change };
    history.pushState(null, "", `?${writeQuery(this.#query)}`);
    return this.#load();
  }

  async #reload(added: Gasto): Promise<void> {
    const text = `Gasto añadido: ${added.concepto}, ${formatMoney(added.importe, added.moneda)}.`;
    const page = await this.#load(added.id);
    if (this.#stay.aborted) return;
    const elsewhere = page && !page.items.some(({ id }) => id === added.id);
    const notice = find(this.#root, "#list-notice", HTMLElement);
    notice.textContent = elsewhere ? `${text} No aparece en esta página de la lista.` : text;
  }

  /** Loads and shows the query. Returns nothing when it failed or a later one overtook it. */
  async #load(added: number | null = null): Promise<Page<Gasto> | undefined> {
    this.#loading.abort();
    this.#loading = new AbortController();
    const signal = AbortSignal.any([this.#loading.signal, this.#stay]);
    const results = find(this.#root, "#results", HTMLElement);
    results.setAttribute("aria-busy", "true");
    find(this.#root, "#list-notice", HTMLElement).textContent = "";
    this.#showQuery();
    try {
      const page = await listGastos(this.#token, this.#query, signal);
      const last = lastPage(page.total, page.pageSize);
      if (page.items.length === 0 && this.#query.page > last) {
        this.#query = { ...this.#query, page: last };
        return await this.#load(added);
      }
      clearAlert(find(this.#root, "#list-alert", HTMLElement));
      this.#showPage(page, added);
      results.hidden = false;
      results.removeAttribute("aria-busy");
      return page;
    } catch (error) {
      if (signal.aborted) return undefined;
      results.removeAttribute("aria-busy");
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) this.#leave("expired");
      else this.#showFailure(error);
      return undefined;
    }
  }

  #showQuery(): void {
    const { nombre, nif } = this.#empresa();
    document.title = `${nombre} · Gastos`;
    find(this.#root, "h1", HTMLElement).textContent = nombre;
    find(this.#root, "#company-nif", HTMLElement).textContent = `NIF ${nif}`;
    find(this.#root, "#company", HTMLSelectElement).value = String(this.#query.empresaId);
    find(this.#root, "#page-size", HTMLSelectElement).value = String(this.#query.pageSize);
    fillFilters(this.#root, this.#query);
    history.replaceState(null, "", `?${writeQuery(this.#query)}`);
  }

  /** The rows go: they belong to another query than the one that is shown above them. */
  #showFailure(problem: Problem): void {
    const alert = find(this.#root, "#list-alert", HTMLElement);
    find(this.#root, "#results", HTMLElement).hidden = true;
    clearAlert(alert);
    if (problem.errors.length > 0) openFilters(this.#root);
    refuse(find(this.#root, "#filters", HTMLFormElement), alert, problem, () => void this.#load());
    alert.scrollIntoView({ block: "nearest" });
  }

  #showPage(page: Page<Gasto>, added: number | null): void {
    const filtered = countFilters(this.#query) > 0;
    const text = page.total === 0 ? "Ningún gasto" : countText(page.total, filtered);
    find(this.#root, "#results-title", HTMLElement).textContent = text;
    find(this.#root, "#empty", HTMLElement).hidden = page.total > 0;
    find(this.#root, "#empty", HTMLElement).textContent = filtered
      ? "Ningún gasto cumple estos filtros. Prueba a cambiarlos o a limpiarlos."
      : "Esta empresa aún no tiene gastos. Añade el primero.";
    find(this.#root, "table", HTMLElement).hidden = page.total === 0;
    fillRows(find(this.#root, "tbody", HTMLTableSectionElement), page.items, added);
    fillPager(find(this.#root, "#pager", HTMLElement), page);
    announce(page.total === 0 ? text : `${text}, página ${page.page}.`);
  }
}
