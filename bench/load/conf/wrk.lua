-- Prints wrk's own counts, and its p95, which wrk itself does not print.
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"failed":%d,"p95_ns":%d,"p99_ns":%d,"wall_ns":%d}\n', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(95) * 1000, latency:percentile(99) * 1000, summary.duration * 1000))
end
