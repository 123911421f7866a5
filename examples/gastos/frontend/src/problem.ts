// What can go wrong with a call, and how it is told to the reader.
import type { FieldError } from "./contract.ts";

/** A call that brought no usable answer. */
export class Problem extends Error {
  override name = "Problem";
  /** The HTTP status; 0 when no answer arrived at all. */
  readonly status: number;
  /** The service's name for the request, for its support desk; "" when it gave none. */
  readonly requestId: string;
  readonly errors: FieldError[];
  /** True when the deadline passed: the service may still have done the work. */
  readonly timedOut: boolean;

  constructor(status: number, requestId = "", errors: FieldError[] = [], timedOut = false) {
    super(`status ${status}`);
    this.status = status;
    this.requestId = requestId;
    this.errors = errors;
    this.timedOut = timedOut;
  }
}

/**
 * Reads a failed answer: RFC 9457 problem details where the body holds them,
 * and the bare status where it holds something else (a proxy's HTML page).
 */
export function readProblem(status: number, headerId: string | null, body: string): Problem {
  const details = parseObject(body);
  const ownId = details["requestId"];
  const requestId = typeof ownId === "string" && ownId !== "" ? ownId : (headerId ?? "");
  const errors = Array.isArray(details["errors"]) ? details["errors"].filter(isFieldError) : [];
  return new Problem(status, requestId, errors);
}

/** True when the reader can do nothing about it: then the request-id is shown. */
export function isUnexpected(problem: Problem): boolean {
  const { status } = problem;
  if (status === 0 || status === 401 || status === 403 || status === 404 || status === 429) return false;
  return problem.errors.length === 0;
}

/** Tells the reader what happened and what to do. */
export function explain(problem: Problem): string {
  if (problem.timedOut) return "El servicio tarda demasiado en responder. Inténtalo de nuevo en un momento.";
  switch (problem.status) {
    case 0:
      return "No hay conexión con el servicio. Comprueba tu red e inténtalo de nuevo.";
    case 401:
      return "Tu sesión ha caducado. Entra de nuevo.";
    case 403:
      return "No tienes permiso para ver o hacer esto.";
    case 404:
      return "Esto ya no existe.";
    case 429:
      return "Demasiados intentos seguidos. Espera un minuto e inténtalo de nuevo.";
    case 502:
    case 503:
    case 504:
      return "El servicio no está disponible ahora mismo. Inténtalo de nuevo en un momento.";
    default:
      return "Algo ha fallado y no es culpa tuya. Si se repite, avisa a soporte.";
  }
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isFieldError(value: unknown): value is FieldError {
  if (typeof value !== "object" || value === null) return false;
  const { field, message } = value as Partial<FieldError>;
  return typeof field === "string" && typeof message === "string";
}
