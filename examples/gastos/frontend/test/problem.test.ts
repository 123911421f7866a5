import assert from "node:assert/strict";
import { test } from "node:test";
import { explain, isUnexpected, Problem, readProblem } from "../src/problem.ts";

test("readProblem reads problem details", () => {
  const body = JSON.stringify({ status: 422, requestId: "r-1", errors: [{ field: "importe", message: "no" }, 7] });
  const problem = readProblem(422, "from-header", body);
  assert.equal(problem.requestId, "r-1");
  assert.deepEqual(problem.errors, [{ field: "importe", message: "no" }]);
  assert.equal(isUnexpected(problem), false);
});

test("readProblem takes a proxy's HTML page for what it is", () => {
  const problem = readProblem(502, "from-header", "<html>Bad Gateway</html>");
  assert.equal(problem.requestId, "from-header");
  assert.deepEqual(problem.errors, []);
  assert.equal(isUnexpected(problem), true);
});

test("readProblem survives bodies of other shapes", () => {
  for (const body of ["", "null", "[]", '"x"', '{"errors":{}}', '{"requestId":5}']) {
    assert.equal(readProblem(500, null, body).requestId, "", body);
  }
});

test("the reader is told of lost answers without a request-id", () => {
  assert.equal(isUnexpected(new Problem(0)), false);
  assert.match(explain(new Problem(0)), /conexión/);
  assert.match(explain(new Problem(0, "", [], true)), /tarda/);
});
