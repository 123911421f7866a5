package secrets

import (
	"bytes"
	"context"
	nethttp "net/http"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/http"
)

// leaksInResponses looks at everything the service has answered in this audit,
// and at errors provoked once more.
func leaksInResponses() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.leaks.responses", Class: "secrets.leaks.responses", When: evidence.Last,
		Needs:   []evidence.Need{evidence.NeedService},
		Reasons: searchReasons(),
	}, runResponses, judgeSearch)
}

func runResponses(ctx context.Context, b *lab.Bench) (Search, error) {
	s := newSearch(ctx, b)
	s.kept(b.Ledger(), func(step evidence.Step, _ evidence.Blob) bool { return step.Instrument == "http" })
	client := http.On(b)
	for _, line := range append([]string{"GET /listo-no-such-path"}, settings(b).PublicRequests...) {
		method, path, err := methodAndPath(line)
		if err != nil {
			return Search{}, err
		}
		for _, r := range provoking(method, path) {
			a := client.Do(ctx, r)
			if a.Status == 0 {
				s.Unreadable++
				continue
			}
			s.text("response to "+line, wholeAnswer(a))
		}
	}
	return s.result(), nil
}

// provoking gives a request as it is, and in ways that make a careless service
// explain itself: a token that is none, a body that is no JSON.
func provoking(method, path string) []http.Request {
	json := nethttp.Header{"Content-Type": {"application/json"}}
	return []http.Request{
		{Method: method, Path: path},
		{Method: method, Path: path, Token: http.Token{Value: "not.a.token"}},
		{Method: method, Path: path, Header: json, Body: []byte(`{"listo":`)},
	}
}

func wholeAnswer(a http.Answer) []byte {
	var all bytes.Buffer
	_ = a.Header.Write(&all) // a bytes.Buffer takes everything
	all.WriteString("\r\n")
	all.Write(a.Body)
	return all.Bytes()
}

// leaksInLogs looks at the service's logs of this audit.
func leaksInLogs() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: "secrets.leaks.logs", Class: "secrets.leaks.logs", When: evidence.Last,
		Needs:   []evidence.Need{evidence.NeedService},
		Reasons: searchReasons(),
	}, runLogs, judgeSearch)
}

func runLogs(ctx context.Context, b *lab.Bench) (Search, error) {
	s := newSearch(ctx, b)
	s.kept(b.Ledger(), func(step evidence.Step, blob evidence.Blob) bool {
		return step.Instrument == "service" && blob.Name == "log"
	})
	if b.Target.Log != nil {
		touch := b.Touch("service", "# the log of the running service")
		log, err := b.Target.Log()
		if err == nil {
			touch.Capture("log", "text/plain", log, true)
			s.text("service log", log)
		} else {
			s.Unreadable++
		}
		touch.End(0, err)
	}
	return s.result(), nil
}

// kept looks at what the patient wrote earlier in the audit. Those bytes were
// searched before they reached the disk, whole, also where only their head and
// tail were kept; what was cut out is counted beside them. Sick twins are not
// the patient.
func (s *search) kept(ledger evidence.Ledger, wanted func(evidence.Step, evidence.Blob) bool) {
	for _, entry := range ledger.Entries {
		during, steps := "", []evidence.Step(nil)
		switch {
		case entry.Experiment != nil:
			during, steps = entry.Experiment.Check, entry.Experiment.Steps
		case entry.Handling != nil:
			during, steps = entry.Handling.Act, entry.Handling.Steps
		}
		for _, step := range steps {
			for _, blob := range step.Raw {
				if blob.FromPatient && wanted(step, blob) {
					s.blob(during, step, blob)
				}
			}
		}
	}
}

func (s *search) blob(during string, step evidence.Step, blob evidence.Blob) {
	s.Looked++
	s.Bytes += max(blob.Size, blob.TrueSize)
	for name := range s.names {
		if blob.Redacted[name] > 0 {
			s.note(Place{Name: name, Where: during + ": " + blob.Name + " of " + step.Replay})
		}
	}
}
