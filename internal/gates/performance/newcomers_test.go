package performance

import (
	"encoding/json"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"listo/internal/config"
	"listo/internal/evidence"
)

func TestJudgeNewcomers(t *testing.T) {
	for _, c := range []struct {
		name    string
		n       *Newcomers
		change  func(*Measured)
		outcome evidence.Outcome
		reason  string
	}{
		{"nobody is cold", &Newcomers{Pairs: 27}, func(*Measured) {}, evidence.Pass, "within"},
		{"everybody is", &Newcomers{Pairs: 6, Cold: 6}, func(*Measured) {}, evidence.Fail, "cold"},
		{"a busy machine looks like a quarter", &Newcomers{Pairs: 40, Cold: 10}, func(*Measured) {}, evidence.Pass, "within"},
		{"half is not most", &Newcomers{Pairs: 40, Cold: 20}, func(*Measured) {}, evidence.Pass, "within"},
		{"two pairs say nothing", &Newcomers{Pairs: 2, Cold: 2}, func(*Measured) {}, evidence.Pass, "within"},
		{"one user only", &Newcomers{}, func(*Measured) {}, evidence.Pass, "unpaired"},
		{"one user only, and slow", &Newcomers{}, harmed(0, 0, 0, slowed(300)), evidence.Fail, "slow"},
		{"one user only, and the instrument at fault", &Newcomers{}, saturated, evidence.Unproven, "instrument"},
		{"not asked", nil, func(*Measured) {}, evidence.Pass, "within"},
		{"slow comes first", &Newcomers{Pairs: 27, Cold: 27}, harmed(0, 0, 0, slowed(300)), evidence.Fail, "slow"},
		{"the load's instrument is no matter", &Newcomers{Pairs: 27, Cold: 27}, saturated, evidence.Fail, "cold"},
	} {
		m := measured()
		m.Newcomers = c.n
		c.change(&m)
		if f := judgedAs(t, normal(), m, nil); f.Outcome != c.outcome || f.Reason != c.reason {
			t.Errorf("%s: %v %q, want %v %q", c.name, f.Outcome, f.Reason, c.outcome, c.reason)
		}
	}
}

// accounts serves logins, and everything else by who asks.
func accounts(t *testing.T, s Settings, users int, h func(user string, w nethttp.ResponseWriter, r *nethttp.Request)) place {
	t.Helper()
	b := serving(t, s, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path == "/login" {
			var sent struct{ User string }
			_ = json.NewDecoder(r.Body).Decode(&sent)
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"token":"a-token-of-%s"}`, sent.User)
			return
		}
		h(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer a-token-of-"), w, r)
	})
	b.Config.Login = config.Login{Request: "POST /login", Body: `{"user":"{user}"}`, Token: "/token"}
	for i := range users {
		b.Config.Login.Users = append(b.Config.Login.Users, fmt.Sprintf("user%02d", i))
	}
	return b
}

// What is cold for each user anew is seen, though every repetition is fast.
func TestColdForEachUserIsSeen(t *testing.T) { synctest.Test(t, coldForEachUser) }

func coldForEachUser(t *testing.T) {
	var known sync.Map
	b := accounts(t, quick(), 8, func(user string, w nethttp.ResponseWriter, r *nethttp.Request) {
		if _, warm := known.LoadOrStore(user, true); !warm {
			time.Sleep(260 * time.Millisecond)
		}
		list(w, r)
	})
	f, o := tried(t, b, normal(), short())
	if n := o.(Measured).Newcomers; f.Reason != "cold" || n.Pairs != 7 || n.Cold != 7 || n.FirstMS != 260 || n.AgainMS != 0 {
		t.Errorf("%v %q %v of %+v", f.Outcome, f.Reason, f.Facts, n)
	}
}

// A service that is cold once, as after each start, is none of it.
func TestAServiceMayWarmUp(t *testing.T) { synctest.Test(t, warmingUp) }

func warmingUp(t *testing.T) {
	var n atomic.Int64
	b := accounts(t, quick(), 8, func(_ string, w nethttp.ResponseWriter, r *nethttp.Request) {
		if n.Add(1) < 3 {
			time.Sleep(260 * time.Millisecond)
		}
		list(w, r)
	})
	if f, o := tried(t, b, normal(), short()); f.Outcome != evidence.Pass || f.Reason != "within" || o.(Measured).Newcomers.Pairs != 7 {
		t.Errorf("%v %q %v", f.Outcome, f.Reason, f.Facts)
	}
}

// ownPage is a user's own list, with what the user is called in every row.
func ownPage(user string, w io.Writer) {
	_, _ = fmt.Fprintf(w, `{"owner":%q,"items":[{"id":"%s-1","by":%q}]}`, user, user, user)
}

// Another user's answer has the right status, type and shape, and is seen all the same.
func TestAnotherUsersAnswerIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		shared bool // under load an answer goes to whoever asks next
		reason string
	}{"a shared buffer": {true, "stranger"}, "each its own": {false, "within"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { strangers(t, c.shared, c.reason) })
		})
	}
}

func strangers(t *testing.T, shared bool, reason string) {
	var busy atomic.Int64
	var last atomic.Value
	last.Store("user05")
	b := accounts(t, quick(), 8, func(user string, w nethttp.ResponseWriter, r *nethttp.Request) {
		defer busy.Add(-1)
		crowd := busy.Add(1) > 1
		w.Header().Set("Content-Type", "application/json")
		time.Sleep(2 * time.Millisecond)
		if before := last.Swap(user).(string); shared && crowd {
			user = before
		}
		ownPage(user, w)
	})
	f, o := tried(t, b, answers(), short())
	if a := o.(Answers); f.Reason != reason || a.Looks[0].Told != 7 || a.Looks[0].Blind {
		t.Errorf("%v %q %v of %+v", f.Outcome, f.Reason, f.Facts, a.Looks)
	}
}
