import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFilter, countFilters, lastPage, NO_FILTER, readQuery, writeQuery, type Query } from "../src/query.ts";

const full: Query = {
  empresaId: 2,
  page: 3,
  pageSize: 50,
  q: "taxi & tren",
  categoria: "viaje",
  estado: "aprobado",
  desde: "2026-01-01",
  hasta: "2026-01-31",
};

test("a query survives the address", () => {
  assert.deepEqual(readQuery(new URLSearchParams(writeQuery(full).toString())), full);
});

test("an empty filter is not sent", () => {
  const params = writeQuery({ ...NO_FILTER, empresaId: 1, page: 1, pageSize: 20 });
  assert.equal(params.toString(), "empresaId=1&page=1&pageSize=20");
});

test("what an address should not hold is left out", () => {
  const address = "empresaId=-1&page=1000001&pageSize=7&categoria=toString&estado=x&desde=2026-02-30&hasta=hoy&q=%20a%20";
  assert.deepEqual(readQuery(new URLSearchParams(address)), { ...NO_FILTER, empresaId: 0, page: 1, pageSize: 20, q: "a" });
});

test("countFilters counts the filters in force", () => {
  assert.equal(countFilters(NO_FILTER), 0);
  assert.equal(countFilters(full), 5);
});

test("checkFilter refuses a range that ends before it begins", () => {
  assert.deepEqual(checkFilter(full), []);
  assert.deepEqual(checkFilter({ ...full, hasta: "" }), []);
  assert.deepEqual(checkFilter({ ...full, hasta: "2025-12-31" }).map(({ field }) => field), ["hasta"]);
});

test("checkFilter refuses years that the service does not take", () => {
  const faults = checkFilter({ ...full, desde: "1999-12-31", hasta: "2100-01-01" });
  assert.deepEqual(faults.map(({ field }) => field), ["desde", "hasta"]);
});

test("lastPage rounds up, and an empty list has one page", () => {
  assert.deepEqual([0, 1, 20, 21, 7000].map((total) => lastPage(total, 20)), [1, 1, 1, 2, 350]);
});
