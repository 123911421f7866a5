package security

import (
	"context"
	nethttp "net/http"
	"strings"

	"listo/internal/lab"
)

// bareErrors: the headers are set by the handlers, and nobody thought of errors.
func bareErrors(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) {
		t.harden = func(h nethttp.Header, status int, secured bool) {
			if status < 400 {
				hardened(h, status, secured)
			}
		}
	})
}

// inlineScripts: the policy lets injected scripts run.
func inlineScripts(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) {
		t.harden = func(h nethttp.Header, status int, secured bool) {
			hardened(h, status, secured)
			h.Set("Content-Security-Policy", "default-src 'self' 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		}
	})
}

// plainAtHeart: it speaks TLS and does not tell browsers to keep to it.
func plainAtHeart(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) {
		t.harden = func(h nethttp.Header, status int, _ bool) { hardened(h, status, false) }
	})
}

// endsWith: an origin is let in when it ends with the right name.
func endsWith(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) {
		t.admits = func(origin string) bool { return strings.HasSuffix(origin, "app.example") }
	})
}

// believesLengths: a body is limited by what it says of itself.
func believesLengths(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) {
		t.limits = func(r *nethttp.Request) bool { return r.ContentLength > twinLimit }
	})
}

// neverExpires: nobody looks at exp.
func neverExpires(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) { t.expires = false })
}

// oneForAll: whoever has a token sees everybody's things.
func oneForAll(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) { t.apart = false })
}

// takesNumbers: whatever stands in the body is put into the row.
func takesNumbers(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) { t.takes = func(string) bool { return true } })
}

// everybodyRules: whoever has a token may do what is for administrators.
func everybodyRules(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) { t.equal = true })
}

// trustsHeaders: clients are told apart by an address that they write themselves.
func trustsHeaders(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) {
		t.client = func(r *nethttp.Request, user string) string { return user + r.Header.Get("X-Forwarded-For") }
	})
}

// servesItsFolder: the folder that is served is that of the source.
func servesItsFolder(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) { t.files = map[string]string{"/.git/HEAD": "ref: refs/heads/main\n"} })
}
