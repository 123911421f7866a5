-- Prints wrk's own counts, and its p95, which wrk itself does not print. wrk counts requests that were answered; those that a socket failed are
-- added to them here, as the other generators do.
done = function(summary, latency)
  local e = summary.errors
  local lost = e.connect + e.read + e.write
  io.write(string.format('{"requests":%d,"failed":%d,"p95_ns":%d,"p99_ns":%d,"wall_ns":%d}\n', summary.requests + lost,
    lost + e.status + e.timeout, latency:percentile(95) * 1000, latency:percentile(99) * 1000, summary.duration * 1000))
end
