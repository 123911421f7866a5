// The table of expenses and its pager.
import { CATEGORIAS, ESTADOS, type Gasto, type Page } from "../contract.ts";
import { formatDate } from "../dates.ts";
import { copy, find } from "../dom.ts";
import { formatCount, formatMoney } from "../money.ts";
import { lastPage } from "../query.ts";

/** Fills a table body with expenses; the one with id `added` is marked. */
export function fillRows(body: HTMLTableSectionElement, gastos: Gasto[], added: number | null): void {
  body.replaceChildren(...gastos.map((gasto) => row(gasto, gasto.id === added)));
}

function row(gasto: Gasto, added: boolean): DocumentFragment {
  const fragment = copy("expense-row");
  const set = (column: string, text: string) => {
    find(fragment, `[data-column=${column}]`, HTMLElement).textContent = text;
  };
  set("concepto", gasto.concepto);
  set("categoria", CATEGORIAS[gasto.categoria] ?? gasto.categoria);
  set("importe", formatMoney(gasto.importe, gasto.moneda));

  const time = find(fragment, "time", HTMLTimeElement);
  time.dateTime = gasto.fecha;
  time.textContent = formatDate(gasto.fecha);

  const badge = find(fragment, ".badge", HTMLElement);
  badge.textContent = ESTADOS[gasto.estado] ?? gasto.estado;
  badge.dataset["estado"] = gasto.estado;

  if (added) find(fragment, "tr", HTMLElement).classList.add("added");
  return fragment;
}

/** Sets the pager to a page: what the buttons lead to stands in their data-page. */
export function fillPager(pager: HTMLElement, { page, total, pageSize }: Page<Gasto>): void {
  const last = lastPage(total, pageSize);
  const targets = { first: 1, previous: page - 1, next: page + 1, last };
  for (const [name, target] of Object.entries(targets)) {
    const button = find(pager, `[data-go=${name}]`, HTMLButtonElement);
    button.dataset["page"] = String(target);
    button.disabled = target === page || target < 1 || target > last;
  }
  find(pager, "#page-of", HTMLElement).textContent = `Página ${formatCount(page)} de ${formatCount(last)}`;
  pager.hidden = total === 0;
}

/** Says how many expenses there are: "7.000 gastos". */
export function countText(total: number, filtered: boolean): string {
  const noun = total === 1 ? "gasto" : "gastos";
  const text = `${formatCount(total)} ${noun}`;
  return filtered ? `${text} con estos filtros` : text;
}
