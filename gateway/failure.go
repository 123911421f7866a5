package gateway

import (
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"listo/harden"
)

// cure is the name under which refusals of this package are counted.
const cure = "upstream"

// errAnswer is an answer that is no HTTP that could be passed on.
var errAnswer = errors.New("upstream: the answer's status is none")

// reason names why a service did not answer, with few distinct values.
func reason(err error) string {
	var open *openError
	switch {
	case errors.As(err, &open):
		return "open"
	case timeout(err):
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), strings.Contains(err.Error(), "EOF"):
		return "reset"
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return "unreachable"
	}
	return "garbage"
}

func timeout(err error) bool {
	var slow net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &slow) && slow.Timeout()
}

// fail answers for a service that does not. What is wrong with it is in the log, not in the answer.
func (p *proxy) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody is there to be told
	}
	e := harden.Of(r)
	p.log.WarnContext(r.Context(), "upstream", "requestId", e.ID, "reason", reason(err), "error", err.Error())
	problem := harden.Problem{Status: http.StatusBadGateway, Detail: "the service behind did not answer properly", Cure: cure}
	var open *openError
	switch {
	case errors.As(err, &open):
		problem.Status, problem.Detail, problem.RetryAfter = http.StatusServiceUnavailable, "the service behind is not there at the moment", open.retry
	case timeout(err):
		problem.Status, problem.Detail = http.StatusGatewayTimeout, "the service behind took too long"
	}
	problem.Write(w, r)
}
