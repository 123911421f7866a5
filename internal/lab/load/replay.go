package load

import (
	"fmt"
	"strings"
	"time"

	"listo/internal/engine/load"
	"listo/internal/engine/shell"
)

// replayed is how many requests of each kind a replay line sends: enough for a
// percentile, few enough for the burst that a rate limit per user lets through.
const replayed = 100

// replay gives lines that anyone with curl can repeat: each request so many times
// by as many users at once. They are the closed model without pauses and with one
// user's token. A fragment is never sent; it makes curl count.
func replay(what string, s load.Scenario, p load.Profile) string {
	lines := []string{"# " + what + ": " + model(p), "# by hand, each kind of request alone, the slowest last:"}
	for _, r := range s.Requests {
		words := []shell.Word{shell.Lit("curl"), shell.Lit("--no-progress-meter"), shell.Lit("-Z"), shell.Lit("--parallel-max"), shell.Lit(fmt.Sprint(min(p.Users, 50))),
			shell.Lit("-o"), shell.Lit("/dev/null"), shell.Lit("-w"), shell.Lit(`%{http_code} %{time_total}\n`)}
		if r.Method != "GET" {
			words = append(words, shell.Lit("-X"), shell.Lit(r.Method))
		}
		for _, f := range r.Header {
			words = append(words, shell.Lit("-H"), shell.Lit(f.Name+": "+f.Value))
		}
		if len(s.Identities) > 0 {
			words = append(words, shell.Lit("-H"), shell.Text("Authorization: Bearer ", shell.Var("TOKEN")))
		}
		if len(r.Body) > 0 {
			words = append(words, shell.Lit("--data-raw"), shell.Lit(string(r.Body)))
		}
		path := strings.NewReplacer("[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`).Replace(r.Path)
		words = append(words, shell.Text(shell.Var("BASE"), path, fmt.Sprintf("#[1-%d]", replayed)))
		lines = append(lines, shell.Line(words...)+" | sort -n -k2 | tail -n 6")
	}
	return strings.Join(lines, "\n")
}

// model says in a line what was sent.
func model(p load.Profile) string {
	round := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
	if p.Rate > 0 {
		return fmt.Sprintf("open model, %.1f requests/s on a fixed schedule over up to %d connections for %v, seed %d", p.Rate, p.Users, round(p.Duration), p.Seed)
	}
	return fmt.Sprintf("closed model, %d users, pauses of %v on average, for %v, seed %d", p.Users, round(p.Think), round(p.Duration), p.Seed)
}
