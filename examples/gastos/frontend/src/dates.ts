// Calendar dates are "YYYY-MM-DD" and belong to no time zone.

/** The calendar date of a moment where the reader is. */
export function today(now: Date = new Date()): string {
  const month = String(now.getMonth() + 1).padStart(2, "0");
  const day = String(now.getDate()).padStart(2, "0");
  return `${String(now.getFullYear()).padStart(4, "0")}-${month}-${day}`;
}

/** True when text is a date that exists: "2026-02-30" does not. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** True when the service takes the date: its years are 2000 to 2099. */
export function isAcceptedDate(text: string): boolean {
  return isDate(text) && text.startsWith("20");
}

/** Writes a date for a Spanish reader: "2026-03-09" becomes "9 mar 2026". */
export function formatDate(date: string): string {
  if (!isDate(date)) return date;
  const format = new Intl.DateTimeFormat("es-ES", { dateStyle: "medium", timeZone: "UTC" });
  return format.format(new Date(`${date}T00:00:00Z`));
}
