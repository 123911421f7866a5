import assert from "node:assert/strict";
import { test } from "node:test";
import { readExpense } from "../src/expense.ts";

const good = { concepto: " Taxi ", importe: "12,5", categoria: "viaje", fecha: "2026-03-09" };

const faults = (change: Partial<typeof good>) =>
  readExpense(new URLSearchParams({ ...good, ...change }), 1).errors.map(({ field }) => field);

test("readExpense writes what the API takes", () => {
  const { gasto, errors } = readExpense(new URLSearchParams(good), 2);
  assert.deepEqual(errors, []);
  assert.deepEqual(gasto, { empresaId: 2, concepto: "Taxi", importe: "12.50", categoria: "viaje", fecha: "2026-03-09" });
});

test("readExpense finds every fault of an empty form, in the order of the form", () => {
  const { errors } = readExpense(new URLSearchParams(), 1);
  assert.deepEqual(errors.map(({ field }) => field), ["concepto", "importe", "fecha", "categoria"]);
});

test("readExpense knows the limits of the API", () => {
  assert.deepEqual(faults({ concepto: "€".repeat(200) }), []);
  assert.deepEqual(faults({ concepto: "😀".repeat(200) }), []);
  assert.deepEqual(faults({ concepto: "a".repeat(201) }), ["concepto"]);
  assert.deepEqual(faults({ importe: "0,01" }), []);
  assert.deepEqual(faults({ importe: "0,00" }), ["importe"]);
  assert.deepEqual(faults({ importe: "99.999.999,99" }), []);
  assert.deepEqual(faults({ importe: "100.000.000" }), ["importe"]);
  assert.deepEqual(faults({ fecha: "2000-01-01" }), []);
  assert.deepEqual(faults({ fecha: "2099-12-31" }), []);
  assert.deepEqual(faults({ fecha: "1999-12-31" }), ["fecha"]);
  assert.deepEqual(faults({ fecha: "2100-01-01" }), ["fecha"]);
});
