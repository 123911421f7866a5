package security

import (
	"testing"

	"listo/internal/evidence"
)

func TestJudgeExposed(t *testing.T) {
	looked := func(change func(*Exposed)) Exposed {
		o := Exposed{Trace: Found{Path: "/", Curl: "curl", Status: 405}, Headers: []Found{{Path: "/", Curl: "curl", Status: 200}}}
		for _, p := range private {
			o.Paths = append(o.Paths, Found{Path: p.path, Curl: "curl", Status: 404})
		}
		change(&o)
		return o
	}
	tryJudge(t, exposed(), []judgement[Exposed]{
		{looked(func(*Exposed) {}), evidence.Pass, "hidden"},
		{looked(func(o *Exposed) { o.Paths[0].Status = 200 }), evidence.Pass, "hidden"}, // a page for every path
		{looked(func(o *Exposed) { o.Paths[0].Shown = true }), evidence.Fail, "served"},
		{looked(func(o *Exposed) { o.Trace.Shown = true }), evidence.Fail, "traced"},
		{looked(func(o *Exposed) { o.Headers[0].Tells = []string{"X-Powered-By: Express"} }), evidence.Fail, "told"},
		{looked(func(o *Exposed) { o.Paths = o.Paths[1:] }), evidence.Unproven, "unanswered"},
		{looked(func(o *Exposed) { o.Trace.Status = 0 }), evidence.Unproven, "unanswered"},
		{looked(func(o *Exposed) { o.Paths[0].Status = 429 }), evidence.Unproven, "unanswered"}, // the limiter's word, not the path's
		{looked(func(o *Exposed) { o.Headers[0].Status = 503 }), evidence.Unproven, "unanswered"},
	})
}

// A frontend that answers every path with its page shows nothing by that.
func TestAPageForEveryPathIsInnocent(t *testing.T) {
	b, _ := beside(t, func(t *twin) { t.fallback = true })
	wants(t, exposedID, b, evidence.Pass, "hidden")
	wants(t, headersID, b, evidence.Pass, "hardened")
}
