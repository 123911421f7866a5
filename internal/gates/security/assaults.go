package security

import (
	"listo/internal/engine/abuse"
	"listo/internal/evidence"
)

// The three checks of attacks that are one conversation each; they differ in what
// is attacked and in what their findings are called.

var (
	framingReasons = []reason{
		{"smuggled", []abuse.Harm{abuse.Second}},
		{"hidden", []abuse.Harm{abuse.Data}},
		{"served", []abuse.Harm{abuse.Served}},
	}
	requestReasons = []reason{
		{"tunnelled", []abuse.Harm{abuse.Led, abuse.Tunnel, abuse.Switched}},
		{"opened", []abuse.Harm{abuse.Data}},
		{"outside", []abuse.Harm{abuse.Outside}},
		{"echoed", []abuse.Harm{abuse.Echoed}},
		{"unbounded", []abuse.Harm{abuse.Served}},
		{"costly", []abuse.Harm{abuse.Swollen, abuse.Failed, abuse.Late}},
	}
	trustReasons = []reason{
		{"opened", []abuse.Harm{abuse.Data}},
		{"heeded", []abuse.Harm{abuse.Heeded, abuse.HeededPage}},
		{"echoed", []abuse.Harm{abuse.Echoed}},
		{"believed", []abuse.Harm{abuse.Believed}},
		{"forged", []abuse.Harm{abuse.Forged, abuse.Injected}},
	}
)

// framed asks whether every request ends where it says, once.
func framed() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: framingID, Class: framingID, Needs: needsOfAssault(),
		Reasons: []string{"closed", "smuggled", "hidden", "served", "dead", "uncontrolled", "unanswered"},
	}, timed(budget, attack(abuse.Framing)), func(o Assault, _ evidence.Limits) evidence.Finding { return o.judge("closed", framingReasons) })
}

// requested asks whether a request gets what is not meant for strangers by being
// written in another way.
func requested() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: requestsID, Class: requestsID, Needs: needsOfAssault(),
		Limits:  []evidence.Limit{{Name: "lag", Default: 500, Unit: "ms", Direction: evidence.AtMost}},
		Reasons: []string{"refused", "tunnelled", "opened", "outside", "echoed", "unbounded", "costly", "starved", "dead", "uncontrolled", "unanswered"},
	}, timed(budget, attack(abuse.Requests)), judgeRequests)
}

// judgeRequests takes a time for the service's only if listo itself was awake.
func judgeRequests(o Assault, limits evidence.Limits) evidence.Finding {
	f := o.judge("refused", requestReasons)
	if f.Reason == "costly" && o.LagMS > limits["lag"] {
		f.Facts["lag_seen"] = milliseconds(o.LagMS)
		return evidence.Undecided("starved", f.Facts)
	}
	return f
}

// trusted asks whether a client is believed in what only a proxy may say.
func trusted() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: trustID, Class: trustID, Needs: needsOfAssault(),
		Reasons: []string{"unmoved", "opened", "heeded", "echoed", "believed", "forged", "blind", "dead", "uncontrolled", "unanswered"},
	}, timed(budget, attack(abuse.Trust)), judgeTrust)
}

// judgeTrust passes nobody whose log cannot be read: whom the application believes
// stands there.
func judgeTrust(o Assault, _ evidence.Limits) evidence.Finding {
	f := o.judge("unmoved", trustReasons)
	if f.Outcome == evidence.Pass && !o.Logged {
		return evidence.Undecided("blind", f.Facts)
	}
	return f
}
