//go:build disease

package disease

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"gastos/internal/config"
	"gastos/internal/service"
)

// requests is the histogram of the service: its count is the number of requests.
const requests = "http_server_request_duration_seconds"

// misobserved lets each line of the metrics go out as change makes it; an empty one does not. change tells how the defect took
// effect, "" when it did not in this line.
func misobserved(change func(series, value string) (line, how string)) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Admin: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/metrics" {
					next.ServeHTTP(w, r)
					return
				}
				var said bytes.Buffer
				answer := hold(next, r)
				for line := range strings.Lines(answer.body.String()) {
					series, value, sample := cutValue(line)
					if !sample || !strings.HasPrefix(series, requests) {
						said.WriteString(line)
						continue
					}
					other, how := change(series, value)
					if said.WriteString(other); how != "" {
						took(how)
					}
				}
				w.Header().Set("Content-Type", answer.header.Get("Content-Type"))
				w.WriteHeader(answer.status)
				_, _ = w.Write(said.Bytes())
			})
		}}
	}
}

// cutValue cuts a sample of the exposition format after its labels.
func cutValue(line string) (series, value string, sample bool) {
	at := strings.LastIndexByte(strings.TrimSuffix(line, "\n"), ' ')
	if at < 0 || line[0] == '#' {
		return line, "", false
	}
	return line[:at], strings.TrimSpace(line[at:]), true
}

func countSkipsErrors() Disease {
	return Disease{
		ID: "count-skips-errors", Check: "observability.metrics", Consequences: []string{"observability.alert_names"},
		Summary: "what ends in 5xx is not counted",
		infect: misobserved(func(series, value string) (string, string) {
			if strings.Contains(series, `http_response_status_code="5`) {
				return "", "an error was not counted"
			}
			return series + " " + value + "\n", ""
		}),
	}
}

func histogramMilliseconds() Disease {
	return Disease{
		ID: "histogram-milliseconds", Check: "observability.latency", Consequences: []string{},
		Summary: "milliseconds are observed where seconds are promised",
		infect: misobserved(func(series, value string) (string, string) {
			switch n, err := strconv.ParseFloat(value, 64); {
			case err == nil && strings.HasPrefix(series, requests+"_sum"):
				return series + " " + strconv.FormatFloat(1000*n, 'g', -1, 64) + "\n", "durations were observed a thousand times too long"
			case strings.HasPrefix(series, requests+"_bucket") && !strings.Contains(series, `le="+Inf"`):
				return series + " 0\n", "" // nothing lasts under 10 ms
			}
			return series + " " + value + "\n", ""
		}),
	}
}
