import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDate, isDate, today } from "../src/dates.ts";

test("isDate knows the calendar", () => {
  assert.equal(isDate("2024-02-29"), true);
  for (const text of ["2026-02-29", "2026-13-01", "2026-1-1", "", "2026-01-01T00:00:00Z"]) {
    assert.equal(isDate(text), false, text);
  }
});

test("formatDate writes a Spanish date, and what is no date as it is", () => {
  assert.equal(formatDate("2026-03-09"), "9 mar 2026");
  assert.equal(formatDate("ayer"), "ayer");
});

test("today is the date on the reader's wall, not in Greenwich", () => {
  assert.equal(today(new Date(2026, 0, 5, 0, 30)), "2026-01-05");
  assert.equal(today(new Date(2026, 11, 31, 23, 59)), "2026-12-31");
});
