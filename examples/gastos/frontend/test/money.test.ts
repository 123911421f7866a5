import assert from "node:assert/strict";
import { test } from "node:test";
import { formatCount, formatMoney, isZero, parseAmount } from "../src/money.ts";

/** Intl separates the sign with a no-break space; the tests read better without. */
const plain = (text: string) => text.replace(/\s/g, " ");

test("parseAmount understands what a Spanish reader types", () => {
  const cases: [string, string][] = [
    ["12", "12.00"],
    ["12,5", "12.50"],
    ["12,50 €", "12.50"],
    ["12.50", "12.50"],
    ["1.234", "1234.00"],
    ["1.234,56", "1234.56"],
    ["1234567,89", "1234567.89"],
    ["007,10", "7.10"],
    ["0,00", "0.00"],
    ["90071992547409931,01", "90071992547409931.01"],
  ];
  for (const [typed, want] of cases) assert.equal(parseAmount(typed), want, typed);
});

test("parseAmount refuses what is not an amount of money", () => {
  for (const typed of ["", "abc", "-5", "1,234.56", "12,345", "1.23.456", "1..2", ",5", "1e3", "12,", "٣"]) {
    assert.equal(parseAmount(typed), null, typed);
  }
});

test("isZero knows zero", () => {
  assert.equal(isZero("0.00"), true);
  assert.equal(isZero("0.01"), false);
  assert.equal(isZero("10.00"), false);
});

test("formatMoney writes Spanish money and keeps every digit", () => {
  assert.equal(plain(formatMoney("1234.5", "EUR")), "1.234,50 €");
  assert.equal(plain(formatMoney("0.10", "EUR")), "0,10 €");
  assert.equal(plain(formatMoney("90071992547409931.01", "EUR")), "90.071.992.547.409.931,01 €");
  assert.equal(formatMoney("nada", "EUR"), "nada EUR");
});

test("formatCount groups thousands", () => {
  assert.equal(formatCount(7000), "7.000");
});
