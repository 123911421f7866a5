// One query, two places: the parameters of GET /api/gastos are also the
// parameters of the page's own address, so that reload, the back button and a
// sent link show the same list.
import { CATEGORIAS, ESTADOS, type Categoria, type Estado, type FieldError } from "./contract.ts";
import { isAcceptedDate, isDate } from "./dates.ts";

export const PAGE_SIZES: readonly number[] = [20, 50, 100];

/** The greatest page and id that openapi.json allows. */
const MAX_PAGE = 1_000_000;
const MAX_ID = 2_147_483_647;

export interface Filter {
  q: string;
  categoria: Categoria | "";
  estado: Estado | "";
  desde: string;
  hasta: string;
}

export interface Query extends Filter {
  empresaId: number;
  page: number;
  pageSize: number;
}

export const NO_FILTER: Readonly<Filter> = { q: "", categoria: "", estado: "", desde: "", hasta: "" };

const FILTER_KEYS = Object.keys(NO_FILTER) as (keyof Filter)[];

/** Reads a filter from a form or an address. What is not understood is left out. */
export function readFilter(params: URLSearchParams): Filter {
  const text = (key: string) => (params.get(key) ?? "").trim();
  const date = (key: string) => (isDate(text(key)) ? text(key) : "");
  return {
    q: text("q"),
    categoria: Object.hasOwn(CATEGORIAS, text("categoria")) ? (text("categoria") as Categoria) : "",
    estado: Object.hasOwn(ESTADOS, text("estado")) ? (text("estado") as Estado) : "",
    desde: date("desde"),
    hasta: date("hasta"),
  };
}

/** Reads a query from an address. empresaId is 0 when the address names none. */
export function readQuery(params: URLSearchParams): Query {
  const whole = (key: string, most: number, otherwise: number) => {
    const text = params.get(key) ?? "";
    return /^[1-9]\d*$/.test(text) && Number(text) <= most ? Number(text) : otherwise;
  };
  const pageSize = whole("pageSize", MAX_PAGE, 0);
  return {
    ...readFilter(params),
    empresaId: whole("empresaId", MAX_ID, 0),
    page: whole("page", MAX_PAGE, 1),
    pageSize: PAGE_SIZES.includes(pageSize) ? pageSize : PAGE_SIZES[0]!,
  };
}

/** The parameters of a query; an empty filter is left out. */
export function writeQuery(query: Query): URLSearchParams {
  const params = new URLSearchParams({
    empresaId: String(query.empresaId),
    page: String(query.page),
    pageSize: String(query.pageSize),
  });
  for (const key of FILTER_KEYS) if (query[key] !== "") params.set(key, query[key]);
  return params;
}

/** How many filters are in force. */
export function countFilters(filter: Filter): number {
  return FILTER_KEYS.filter((key) => filter[key] !== "").length;
}

/** What is wrong with a filter before it is sent. ISO dates compare as text. */
export function checkFilter(filter: Filter): FieldError[] {
  const errors = (["desde", "hasta"] as const)
    .filter((field) => filter[field] !== "" && !isAcceptedDate(filter[field]))
    .map((field) => ({ field, message: "Elige un año entre 2000 y 2099." }));
  if (errors.length > 0 || filter.desde === "" || filter.hasta === "" || filter.desde <= filter.hasta) return errors;
  return [{ field: "hasta", message: "Esta fecha es anterior a «Desde»." }];
}

/** The number of the last page; an empty list has one page. */
export function lastPage(total: number, pageSize: number): number {
  return Math.max(1, Math.ceil(total / pageSize));
}
