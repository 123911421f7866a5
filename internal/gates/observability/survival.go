package observability

import (
	"context"
	"time"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/fault"
	"listo/internal/lab/http"
)

const survivalID = "observability.survival"

// deathLook is how long a process is watched for its death after its connections
// were lost.
const deathLook = 700 * time.Millisecond

// Survival is whether the process outlives its database.
type Survival struct {
	Losses []Loss `json:"losses"`
}

// Loss is one way to lose the database.
type Loss struct {
	Fault string `json:"fault"`
	// Warm counts requests that succeeded before, so that there were connections to
	// lose; Reset those that were reset.
	Warm  int `json:"warm"`
	Reset int `json:"reset"`
	// Sent and Unanswered count requests during the loss.
	Sent       int `json:"sent"`
	Unanswered int `json:"unanswered"`
	// Ended tells how the process ended by itself, "" when it did not; LastLine is
	// the end of its log then.
	Ended    string `json:"ended"`
	LastLine string `json:"last_line"`
}

func survival() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: survivalID, Class: classSurvival, Loading: true, Needs: needs(),
		Reasons: []string{"survives", "died", "gone", "nothing_lost", "incomplete"},
	}, runSurvival, judgeSurvival)
}

func losses() []illness { return []illness{{fault.Refuse, 0}, {fault.Cut, 0}} }

func runSurvival(ctx context.Context, b *lab.Bench) (Survival, error) {
	o := Survival{Losses: []Loss{}}
	err := each(ctx, b, losses(), func(c *copied, i illness) error {
		l := Loss{Fault: string(i.mode)}
		one, _, err := c.request(0, settings(b).Traffic[0])
		if err != nil {
			return err
		}
		c.untilGood(ctx, one, patience) // it may still be coming back from the loss before
		warm, err := c.sendOf(ctx, inFlight, func(int) int { return 0 })
		if err != nil {
			return err
		}
		for _, e := range warm {
			if good(e.Answer) {
				l.Warm++
			}
		}
		before := c.proxy.Counts().Reset
		err = c.ill(i, func() error {
			l.Reset = c.proxy.Counts().Reset - before
			// Idle connections are lost first; only then anybody asks.
			for range 5 {
				if time.Sleep(deathLook / 10); c.ended() != "" {
					break
				}
			}
			asked, err := c.sendOf(ctx, 5, func(int) int { return 0 })
			l.Sent, l.Unanswered = len(asked), lost(asked)
			return err
		})
		if err != nil {
			return err
		}
		c.client.Watch(ctx, http.Watch{Request: http.Request{Method: "GET", Path: settings(b).Health, Timeout: time.Second}, Every: lookEvery, For: deathLook / 2})
		if l.Ended = c.settled(); l.Ended != "" {
			l.LastLine = c.lastLine()
		}
		o.Losses = append(o.Losses, l)
		return nil
	})
	return o, err
}

// cutting ends the service's sessions, which is what a stopped database does to
// them, and asks whether anybody still answers. A session must be open: the first
// request of the traffic, as any login does, opens one.
const cutting = `psql "$DATABASE_ADMIN_URL" -X -A -t -c "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
sleep 1; curl -sS -i "$BASE/"`

func judgeSurvival(o Survival, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"losses": len(o.Losses)}
	reset := 0
	for i, l := range o.Losses {
		if i > 0 && l.Ended == "" && l.Warm == 0 {
			// What listo started stands, and what it stands before is dead: a shell, a supervisor or a proxy outlives anything.
			facts[evidence.Replay] = cutting
			return evidence.Failed("gone", facts)
		}
		facts["fault"], facts["ended"], facts["reset"], facts["last_line"] = []string{l.Fault}, []string{l.Ended}, l.Reset, []string{l.LastLine}
		switch {
		case l.Ended != "":
			facts[evidence.Replay] = cutting
			return evidence.Failed("died", facts)
		case l.Warm == 0 || l.Reset == 0 || l.Sent == 0:
			return evidence.Undecided("nothing_lost", facts)
		}
		reset += l.Reset
	}
	if len(o.Losses) < len(losses()) {
		return evidence.Undecided("incomplete", facts)
	}
	facts["reset"] = reset
	return evidence.Passed("survives", facts)
}
