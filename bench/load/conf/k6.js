// One scenario: RATE requests/s with at most USERS of them at once, or USERS that wait for their answers.
import http from 'k6/http';

const users = Number(__ENV.USERS), rate = Number(__ENV.RATE), duration = __ENV.LASTING;
const closed = { executor: 'constant-vus', vus: users, duration, gracefulStop: '15s' };
const open = { executor: 'constant-arrival-rate', rate, timeUnit: '1s', preAllocatedVUs: users, duration, gracefulStop: '15s' };

export const options = {
  discardResponseBodies: true,
  summaryTrendStats: ['p(95)', 'p(99)'],
  scenarios: { one: rate > 0 ? open : closed },
  thresholds: __ENV.BUDGET ? { http_req_duration: [`p(95)<${__ENV.BUDGET}`] } : {},
};

const body = __ENV.METHOD === 'POST' ? '{"amount":1}' : null;
const params = body ? { headers: { 'Content-Type': 'application/json' } } : {};

export default function () {
  http.request(__ENV.METHOD, __ENV.URL, body, params);
}

export function handleSummary(data) {
  return { stdout: JSON.stringify(data.metrics) };
}
