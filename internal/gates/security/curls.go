package security

import (
	"fmt"
	"slices"
	"strings"
)

// lines collects what a person pastes, each line under the status that came.
type lines struct{ out strings.Builder }

func (l *lines) add(status int, what, curl string) {
	if curl != "" {
		fmt.Fprintf(&l.out, "# %d %s\n%s\n", status, what, curl)
	}
}

// Curls gives the lines of curl that repeat the check.
func (o Headers) Curls() string { return curlsOf(o.Answers) }

// Curls gives the lines of curl that repeat the check.
func (o Transport) Curls() string {
	if o.Way == byCertificate && len(o.Secured) > 0 {
		return "# BASE: https, of a copy that was started with the two variables of security.tls; CA: the certificate\n" + curlsOf(o.Secured)
	}
	return curlsOf(o.Secured)
}

func curlsOf(answers []Answer) string {
	var l lines
	for _, a := range answers {
		l.add(a.Status, a.Kind, a.Curl)
	}
	return l.out.String()
}

// Curls gives the lines of curl that repeat the check.
func (o Origins) Curls() string {
	var l lines
	for _, t := range o.Tries {
		l.add(t.Status, t.Kind+" "+t.What, t.Curl)
	}
	return l.out.String()
}

// Curls gives the lines of curl that repeat the check.
func (o Size) Curls() string {
	var l lines
	for _, b := range o.Bodies {
		l.add(b.Status, b.Kind, b.Curl)
	}
	return l.out.String()
}

// Curls gives the lines of curl that repeat the check.
func (o Tokens) Curls() string { return knocked(o.Tries) }

// Curls gives the lines of curl that repeat the check.
func (o Keys) Curls() string { return knocked(o.Tries) }

func knocked(tries []Knock) string {
	var l lines
	for _, k := range tries {
		l.add(k.Status, k.Kind, k.Curl)
	}
	return l.out.String()
}

// Curls gives the lines of curl that repeat the check.
func (o Tenants) Curls() string {
	var l lines
	for _, login := range o.Logins {
		l.out.WriteString(login + "\n")
	}
	for _, d := range slices.Concat(o.Foreign, o.Tricks, o.Own) {
		l.add(d.Status, d.Owner, d.Curl)
	}
	return l.out.String()
}

// Curls gives the lines of curl that repeat the check.
func (o Injection) Curls() string {
	var l lines
	for _, p := range o.Places {
		for _, shot := range p.Shots {
			l.add(shot.Status, p.Where+" "+shot.Kind, shot.Curl)
		}
	}
	return l.out.String()
}

// Curls gives the lines of curl that repeat the check.
func (o Assignment) Curls() string {
	var l lines
	for _, c := range o.Created {
		for _, m := range c.Members {
			l.add(m.Status, m.Name, m.Curl)
		}
	}
	return l.out.String()
}

// Curls gives the lines of curl that repeat the check.
func (o Exposed) Curls() string {
	var l lines
	for _, f := range slices.Concat(o.Paths, []Found{o.Trace}, o.Headers) {
		l.add(f.Status, f.Path, f.Curl)
	}
	return l.out.String()
}

// Curls gives a shell loop that counts the statuses of as many requests as one
// client may not be served.
func (o Limited) Curls() string {
	if o.Burst.Curl == "" {
		return ""
	}
	line := strings.Replace(o.Burst.Curl, "curl -sS -i", `curl -sS -o /dev/null -w '%{http_code}\n'`, 1)
	return fmt.Sprintf("seq %d | xargs -P %d -I{} %s | sort | uniq -c\n", o.Most+1, side, line)
}
