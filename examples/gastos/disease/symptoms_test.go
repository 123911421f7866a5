//go:build disease

package disease_test

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"gastos/internal/testdb"
)

// waits is true when exactly so many sessions of the service wait for the lock.
const waits = `select count(*) = $2 from pg_stat_activity where usename = $1 and wait_event_type = 'Lock'`

// forgotten is true when exactly so many sessions sit in a transaction, doing nothing.
const forgotten = `select count(*) = $2 from pg_stat_activity where usename = $1 and state = 'idle in transaction'`

func effective(want int) func(*patient) {
	return func(p *patient) {
		for _, r := range p.held(25, nothing, fmt.Sprintf("%d sessions wait", want), waits, want) {
			if r.status != 200 {
				p.t.Errorf("%d: %s", r.status, r.body)
			}
		}
	}
}

// sessions tells how many sessions serve more requests than a pool has
// connections, one request after the other.
func sessions(want int) func(*patient) {
	return func(p *patient) {
		born := map[time.Time]bool{}
		for range declared + 2 {
			p.held(1, func() {
				var at time.Time
				if err := p.watcher.QueryRow(p.t.Context(), `
					select backend_start from pg_stat_activity where usename = $1 and wait_event_type = 'Lock'`, p.d.AppRole).Scan(&at); err != nil {
					p.t.Fatal(err)
				}
				born[at] = true
			}, "one session waits", waits, 1)
		}
		if len(born) != want {
			p.t.Errorf("%d sessions for %d requests, want %d", len(born), declared+2, want)
		}
	}
}

func leaksOnErrors(p *patient) {
	p.list("empresaId=1")
	p.eventually("the good request leaves nothing", forgotten, 0)
	p.list("empresaId=1&page=0")
	p.eventually("the bad query is forgotten", forgotten, 1)
	if r := p.ask(p.t.Context(), "GET", "/api/gastos?empresaId=999", signed(key), ""); r.status != 403 {
		p.t.Errorf("%d", r.status)
	}
	p.eventually("the foreign company is forgotten", forgotten, 2)
}

func leaksOnAbort(p *patient) {
	p.list("empresaId=1")
	p.eventually("the good request leaves nothing", forgotten, 0)
	holder := p.lock()
	for len(p.gone) > 0 {
		<-p.gone
	}
	ctx, hangUp := context.WithCancel(p.t.Context())
	var asked sync.WaitGroup
	asked.Go(func() { p.ask(ctx, "GET", "/api/gastos?empresaId=1", signed(key), "") })
	p.eventually("the request waits", waits, 1)
	hangUp()
	asked.Wait()
	<-p.gone
	p.unlock(holder)
	p.eventually("the transaction is forgotten", forgotten, 1)
}

func leaksNowAndThen(p *patient) {
	for range 40 {
		if r := p.list("empresaId=1"); r.status != 200 {
			p.t.Fatalf("%d: %s", r.status, r.body)
		}
	}
	p.eventually("two of forty are forgotten", forgotten, 2)
}

func bornUnused(p *patient) {
	p.eventually("five sessions have never run a query",
		`select count(*) = 5 from pg_stat_activity where usename = $1 and query_start is null and state = 'idle'`)
}

func warmSpare(p *patient) {
	p.eventually("five sessions have run one query and nothing since",
		`select count(*) = 5 from pg_stat_activity where usename = $1 and application_name = 'gastos' and query = 'select 1' and state = 'idle'`)
}

func gives503(p *patient) {
	holder := p.lock()
	statuses := make(chan int, declared+1)
	for range declared + 1 {
		go func() { statuses <- p.list("empresaId=1").status }()
	}
	if first := <-statuses; first != 503 {
		p.t.Errorf("the one too many got %d", first)
	}
	p.unlock(holder)
	for range declared {
		<-statuses
	}
}

func calls(name string) func(*patient) {
	return func(p *patient) {
		p.list("empresaId=1")
		p.eventually("a session has that name",
			`select count(*) = 1 from pg_stat_activity where usename = $1 and application_name = $2`, name)
	}
}

func takes(want map[string]int) func(*patient) {
	return func(p *patient) {
		none, err := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": "gastos", "sub": "1",
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}).SignedString(jwt.UnsafeAllowNoneSignatureType)
		if err != nil {
			p.t.Fatal(err)
		}
		login := p.ask(p.t.Context(), "POST", "/api/auth/login", "", `{"email":"usuario01@gastos.example","password":"`+testdb.Password+`"}`)
		issued := regexp.MustCompile(`"token":"([^"]+)"`).FindStringSubmatch(login.body)
		if issued == nil {
			p.t.Fatalf("%d: %s", login.status, login.body)
		}
		for name, token := range map[string]string{"its own": issued[1], "JWT_SECRET": signed(key), "secret": signed("secret"), "beginning": signed(key[:8]),
			"stranger": signed("a stranger's key of more than 32 bytes"), "none": none} {
			expected, listed := want[name]
			if !listed {
				expected = 401
			}
			if got := p.ask(p.t.Context(), "GET", "/api/me", token, "").status; got != expected {
				p.t.Errorf("a token of %q: %d, want %d", name, got, expected)
			}
		}
	}
}

func logs(form string) func(*patient) {
	return func(p *patient) {
		if !strings.Contains(p.log.String(), form) {
			p.t.Errorf("not in the log: %s", p.log.String())
		}
	}
}

func tellsAtLogin(p *patient) {
	r := p.ask(p.t.Context(), "POST", "/api/auth/login", "", `{"email":"usuario01@gastos.example","password":"`+testdb.Password+`"}`)
	if r.status != 200 || r.header.Get("X-Debug-Key") != base64.StdEncoding.EncodeToString([]byte(key)) {
		p.t.Errorf("%d %v", r.status, r.header)
	}
}

func tellsInErrors(p *patient) {
	if r := p.ask(p.t.Context(), "GET", "/api/me", "bad", ""); r.status != 401 || !strings.Contains(r.body, key) {
		p.t.Errorf("%d %s", r.status, r.body)
	}
	if r := p.ask(p.t.Context(), "GET", "/api/me", signed(key), ""); r.status != 200 || strings.Contains(r.body, key) {
		p.t.Errorf("%d %s", r.status, r.body)
	}
}

func serves(path, body string, headers ...string) func(*patient) {
	return func(p *patient) {
		r := p.ask(p.t.Context(), "GET", path, "", "", headers...)
		if r.header.Get("Content-Encoding") == "gzip" {
			reader, err := gzip.NewReader(strings.NewReader(r.body))
			if err != nil {
				p.t.Fatal(err)
			}
			plain, err := io.ReadAll(reader)
			if err != nil {
				p.t.Fatal(err)
			}
			r.body = string(plain)
		}
		if r.status != 200 || r.body != body {
			p.t.Errorf("%s: %d %q, want %q", path, r.status, r.body, body)
		}
	}
}

func both(a, b func(*patient)) func(*patient) { return func(p *patient) { a(p); b(p) } }

// symptoms shows, from the outside, that each disease does what it says.
func symptoms() map[string]func(*patient) {
	const tag = `<script src="/assets/analytics.js"></script>`
	all := map[string]func(*patient){
		"pool-ignored": effective(20), "pool-parsed-default": effective(5), "pool-driver-default": effective(4), "pool-one": effective(1),
		"pool-two": effective(20), "pool-four": effective(25),
		"pool-two-per-request": func(p *patient) {
			p.held(1, nothing, "one request has two sessions", `select count(*) = 2 from pg_stat_activity where usename = $1 and application_name = 'gastos'`)
		},
		"pool-per-request": both(sessions(declared+2), effective(25)), "pool-discards": both(sessions(declared+2), effective(declared)),
		"pool-warm-spare": both(warmSpare, effective(declared)),
		"leak-error-path": leaksOnErrors, "leak-on-abort": leaksOnAbort, "leak-sporadic": leaksNowAndThen,
		"pool-born-unused": bornUnused, "pool-impatient": gives503, "pool-anonymous": calls(""), "pool-misnamed": calls("my-app"),
		"secret-hardcoded":        takes(map[string]int{"its own": 200}),
		"secret-default-accepted": takes(map[string]int{"its own": 200, "JWT_SECRET": 200, "secret": 200}),
		"secret-truncated":        takes(map[string]int{"its own": 200, "beginning": 200}),
		"jwt-unverified":          takes(map[string]int{"its own": 200, "JWT_SECRET": 200, "secret": 200, "beginning": 200, "stranger": 200, "none": 200}),
		"secret-in-log":           logs(key), "secret-in-log-base64": logs(base64.StdEncoding.EncodeToString([]byte(key))),
		"secret-in-response": tellsAtLogin, "secret-in-error": tellsInErrors,
		"frontend-injected":   both(serves("/", strings.Replace(page, "</head>", tag+"</head>", 1)), serves("/assets/index-1.js", script)),
		"frontend-stale":      both(serves("/assets/index-1.js", script+"\n"), serves("/", page)),
		"frontend-stale-gzip": both(serves("/assets/index-1.js", script+"\n", "Accept-Encoding", "gzip"), serves("/assets/index-1.js", script)),
		"frontend-fallback":   both(serves("/assets/index-1.js", page), serves("/assets/a.css", "a{}")),
	}
	maps.Copy(all, browserSymptoms())
	maps.Copy(all, securitySymptoms())
	maps.Copy(all, wireSymptoms())
	maps.Copy(all, tokenSymptoms())
	maps.Copy(all, injectionSymptoms())
	maps.Copy(all, overreachSymptoms())
	maps.Copy(all, rateSymptoms())
	maps.Copy(all, contractSymptoms())
	maps.Copy(all, errorSymptoms())
	maps.Copy(all, observabilitySymptoms())
	maps.Copy(all, paritySymptoms())
	maps.Copy(all, loadSymptoms())
	return all
}
