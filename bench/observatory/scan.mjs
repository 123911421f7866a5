// Scans http://localhost:PLAIN and https://localhost:SECURED with the MDN HTTP
// Observatory and prints what it found as JSON. Scores, grades and texts are the
// package's own: its scan() is repeated here only because it takes no ports.
//
//   node scan.mjs PLAIN SECURED [PATH]
import { readFileSync } from "node:fs";
import { ALL_TESTS } from "@mdn/mdn-http-observatory/src/constants.js";
import { MINIMUM_SCORE_FOR_EXTRA_CREDIT } from "@mdn/mdn-http-observatory/src/grader/charts.js";
import { getGradeForScore, getScoreDescription, getScoreModifier } from "@mdn/mdn-http-observatory/src/grader/grader.js";
import { retrieve } from "@mdn/mdn-http-observatory/src/retriever/retriever.js";

const [httpPort, httpsPort, path = "/"] = process.argv.slice(2);
const seen = await retrieve("localhost", { httpPort, httpsPort, path });
if (!seen.responses.auto || !(seen.responses.auto.status < 400)) {
  throw new Error(`observatory: ${path} was answered ${seen.responses.auto?.status}: start the service first`);
}
const tests = ALL_TESTS.map((test) => {
  const found = test(seen);
  return {
    test: found.constructor.name,
    result: found.result,
    pass: found.pass,
    modifier: getScoreModifier(found.result),
    description: getScoreDescription(found.result).replace(/<[^>]*>/g, ""),
  };
});
const worst = tests.reduce((score, t) => score + Math.min(0, t.modifier), 100);
const whole = tests.reduce((score, t) => score + t.modifier, 100);
const { score, grade } = getGradeForScore(worst >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? whole : worst);
const { version } = JSON.parse(readFileSync(new URL("node_modules/@mdn/mdn-http-observatory/package.json", import.meta.url)));
console.log(JSON.stringify({ version, node: process.version, secured: Boolean(seen.responses.https), plain: Boolean(seen.responses.http), score, grade, tests }));
