// Money travels as a decimal string and is never turned into a float here.

/**
 * Reads an amount as a Spanish reader types it and returns the API's decimal
 * string with two decimals, or null when it is not an amount of money.
 *
 * "1.234,56", "1234,5" and "1234.56" are all understood. A lone dot followed by
 * exactly three digits separates thousands ("1.234" is one thousand two hundred
 * and thirty-four), because money has no third decimal.
 */
export function parseAmount(typed: string): string | null {
  const text = typed.replace(/[\s€]/g, "");
  const match =
    /^(\d+|\d{1,3}(?:\.\d{3})+)(?:,(\d{1,2}))?$/.exec(text) ?? /^(\d+)\.(\d{1,2})$/.exec(text);
  if (!match) return null;
  const units = match[1]!.replaceAll(".", "").replace(/^0+(?=\d)/, "");
  return `${units}.${(match[2] ?? "").padEnd(2, "0")}`;
}

/** True for "0.00" and its like: an amount that parseAmount returned. */
export function isZero(amount: string): boolean {
  return /^[0.]+$/.test(amount);
}

/** Writes the API's decimal string as Spanish money: "1234.5" becomes "1.234,50 €". */
export function formatMoney(amount: string, currency: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(amount)) return `${amount} ${currency}`;
  const format = new Intl.NumberFormat("es-ES", {
    style: "currency",
    currency,
    useGrouping: "always",
  });
  // A string keeps every digit; format() accepts it since ES2023.
  return format.format(amount as Intl.StringNumericLiteral);
}

/** Writes a count with Spanish grouping: 7000 becomes "7.000". */
export function formatCount(count: number): string {
  return new Intl.NumberFormat("es-ES", { useGrouping: "always" }).format(count);
}
