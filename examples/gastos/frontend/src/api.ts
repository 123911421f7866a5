// The calls this page makes, always to its own origin.
import type { Empresa, Gasto, Login, NuevoGasto, Page } from "./contract.ts";
import { Problem, readProblem } from "./problem.ts";
import { writeQuery, type Query } from "./query.ts";

/** How long one call may take, in milliseconds. */
const DEADLINE = 15_000;

export function login(email: string, password: string): Promise<Login> {
  return call("/api/auth/login", { method: "POST", body: { email, password } });
}

export async function listEmpresas(token: string): Promise<Empresa[]> {
  const { items } = await call<{ items: Empresa[] }>("/api/empresas", { token });
  return items;
}

/** Lists one page of expenses. Aborting the signal rejects with its reason. */
export function listGastos(token: string, query: Query, signal: AbortSignal): Promise<Page<Gasto>> {
  return call(`/api/gastos?${writeQuery(query)}`, { token, signal });
}

export function addGasto(token: string, gasto: NuevoGasto): Promise<Gasto> {
  return call("/api/gastos", { method: "POST", token, body: gasto });
}

interface Call {
  method?: "GET" | "POST";
  token?: string;
  body?: unknown;
  signal?: AbortSignal;
}

async function call<T>(path: string, { method = "GET", token, body, signal }: Call): Promise<T> {
  const headers = new Headers({ Accept: "application/json, application/problem+json" });
  if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const deadline = AbortSignal.timeout(DEADLINE);
  const init: RequestInit = {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    credentials: "omit",
    cache: "no-store",
  };

  let response: Response;
  let text: string;
  try {
    response = await fetch(path, init);
    text = await response.text();
  } catch {
    signal?.throwIfAborted();
    throw new Problem(0, "", [], deadline.aborted);
  }

  const requestId = response.headers.get("X-Request-Id");
  if (!response.ok) throw readProblem(response.status, requestId, text);
  try {
    return JSON.parse(text) as T;
  } catch {
    // A success that is not JSON did not come from the API.
    throw new Problem(response.status, requestId ?? "");
  }
}
