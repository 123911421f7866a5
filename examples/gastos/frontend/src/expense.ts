// A new expense, from the form to the API. The limits are those of openapi.json;
// they stand here too so that the reader is told in his own language.
import type { FieldError, NuevoGasto } from "./contract.ts";
import { isAcceptedDate } from "./dates.ts";
import { isZero, parseAmount } from "./money.ts";

/** The most characters of a concepto. */
const MAX_CONCEPTO = 200;
/** The most digits before the decimal point of an importe. */
const MAX_UNITS = 8;

/** Reads the form of a new expense. The expense is to be sent only when errors is empty. */
export function readExpense(fields: URLSearchParams, empresaId: number): { gasto: NuevoGasto; errors: FieldError[] } {
  const text = (name: string) => (fields.get(name) ?? "").trim();
  const importe = parseAmount(text("importe"));
  const messages: Record<string, string> = {
    concepto: conceptoError(text("concepto")),
    importe: importeError(importe),
    fecha: isAcceptedDate(text("fecha")) ? "" : "Elige una fecha entre los años 2000 y 2099.",
    categoria: text("categoria") === "" ? "Elige una categoría." : "",
  };
  const gasto: NuevoGasto = {
    empresaId,
    concepto: text("concepto"),
    importe: importe ?? "",
    categoria: text("categoria"),
    fecha: text("fecha"),
  };
  const errors = Object.entries(messages)
    .filter(([, message]) => message !== "")
    .map(([field, message]) => ({ field, message }));
  return { gasto, errors };
}

function conceptoError(concepto: string): string {
  if (concepto === "") return "Escribe en qué se gastó.";
  // The service counts characters, not UTF-16 units.
  return [...concepto].length > MAX_CONCEPTO ? `Escribe como mucho ${MAX_CONCEPTO} caracteres.` : "";
}

function importeError(importe: string | null): string {
  if (importe === null) return "Escribe un importe, por ejemplo 1.234,56.";
  if (isZero(importe)) return "El importe tiene que ser mayor que cero.";
  return importe.indexOf(".") > MAX_UNITS ? "El importe no puede pasar de 99.999.999,99 €." : "";
}
