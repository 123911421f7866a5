package security

import (
	nethttp "net/http"
	"testing"

	"listo/internal/engine/csp"
	"listo/internal/engine/hardening"
	"listo/internal/evidence"
)

// full are the headers of an answer that lacks nothing.
func full() map[string][]string {
	h := nethttp.Header{}
	hardened(h, 200, false)
	return h
}

func answerOf(kind string, status int, h map[string][]string) Answer {
	media := "application/json"
	if kind == pageServed || kind == pageMissing {
		media = "text/html"
	}
	return Answer{Kind: kind, Request: "GET /" + kind, Status: status, Curl: "curl", Media: media, Headers: h}
}

// six are the six kinds of answer, with what stands in their headers.
func six(h map[string][]string) []Answer {
	return []Answer{answerOf(pageServed, 200, h), answerOf(pageMissing, 404, h), answerOf(apiServed, 200, h),
		answerOf(apiRefused, 401, h), answerOf(apiMissing, 404, h), answerOf(apiFailed, 500, h)}
}

func without(name string) map[string][]string {
	h := full()
	delete(h, name)
	return h
}

func with(name string, values ...string) map[string][]string {
	h := full()
	h[name] = values
	return h
}

func TestJudgeHeaders(t *testing.T) {
	fallback := six(full())
	fallback[1].Status = 200 // a frontend that routes by itself
	noFailure, strange, mute := six(full())[:5], six(full()), six(full())
	strange[2].Status, mute[3] = 302, answerOf(apiRefused, 0, nil)
	table := []judgement[Headers]{
		{Headers{Wide: true, Answers: six(full())}, evidence.Pass, "hardened"},
		{Headers{Wide: true, Answers: fallback}, evidence.Pass, "hardened"},
		{Headers{Wide: true, Answers: append(six(full())[:5], answerOf(apiFailed, 503, full()))}, evidence.Pass, "hardened"},
		{Headers{Wide: true, Answers: six(without("X-Frame-Options"))}, evidence.Pass, "hardened"},               // frame-ancestors does
		{Headers{Wide: true, Answers: six(with(policyHeader, "default-src 'none'"))}, evidence.Pass, "hardened"}, // X-Frame-Options does
		{Headers{Wide: true, Answers: six(with("X-Content-Type-Options", "nosniff", "nosniff"))}, evidence.Pass, "hardened"},
		{Headers{Wide: true, Answers: append(six(full())[:5], answerOf(apiFailed, 500, nil))}, evidence.Fail, "missing"},
		{Headers{Wide: true, Answers: six(without("Referrer-Policy"))}, evidence.Fail, "missing"},
		{Headers{Wide: true, Answers: six(with(policyHeader, ""))}, evidence.Fail, "missing"},
		{Headers{Wide: true, Answers: six(with("Permissions-Policy", "camera 'none'"))}, evidence.Fail, "weak"},
		// A browser keeps the headers of what it has: a 304 need not repeat them.
		{Headers{Wide: true, Answers: append(six(full()), answerOf(notModified, 304, nil))}, evidence.Pass, "hardened"},
		{Headers{Wide: true, Answers: append(six(full()), answerOf(notModified, 304, map[string][]string{"Referrer-Policy": {"unsafe-url"}}))}, evidence.Fail, "weak"},
		{Headers{Wide: true, Answers: append(six(full()), answerOf(redirected, 301, nil))}, evidence.Fail, "missing"},
		{Headers{Wide: true, Answers: append(six(full()), answerOf(assetServed, 200, nil))}, evidence.Fail, "missing"},
		// Before any code of the service: shown, and judged when the plan says so.
		{Headers{Wide: true, Answers: append(six(full()), answerOf(tooLong, 431, nil))}, evidence.Pass, "hardened"},
		{Headers{Wide: true, Answers: append(six(full()), answerOf(tooLong, 431, nil)), Strict: true}, evidence.Fail, "missing"},
		{Headers{Wide: true, Answers: six(without("Cross-Origin-Opener-Policy"))}, evidence.Fail, "missing"},
		{Headers{Answers: six(without("Cross-Origin-Opener-Policy"))}, evidence.Pass, "hardened"}, // an observation of then
		{Headers{Wide: true, Answers: six(with("X-Frame-Options", "DENY", "SAMEORIGIN"))}, evidence.Fail, "conflicting"},
		{Headers{Wide: true, Answers: six(with("Cache-Control", "private, no-cache"))}, evidence.Pass, "hardened"},
		{Headers{Wide: true, Answers: six(without("Cache-Control"))}, evidence.Fail, "cacheable"},
		{Headers{Wide: true, Answers: append(six(full()), Answer{Kind: redirected, Status: 302, Headers: full(), Cookies: []Cookie{{Name: "sid"}}})}, evidence.Fail, "loose_cookies"},
		{Headers{Wide: true, Answers: append(six(full()), Answer{Kind: redirected, Status: 302, Headers: full(), Cookies: []Cookie{{Name: "sid", HTTPOnly: true}, {Name: "lang"}}})}, evidence.Pass, "hardened"},
		{Headers{Wide: true, Answers: six(with("X-Xss-Protection", "0"))}, evidence.Pass, "hardened"},
		{Headers{Wide: true, Answers: six(with("X-Xss-Protection", "1; mode=block"))}, evidence.Fail, "deprecated"},
		{Headers{Wide: true, Answers: noFailure}, evidence.Unproven, "unprovoked"},
		{Headers{Wide: true, Answers: strange}, evidence.Unproven, "unplanned"},
		{Headers{Wide: true, Answers: mute}, evidence.Unproven, "unanswered"},
	}
	tryJudge(t, headers(), table)
}

func TestJudgePolicy(t *testing.T) {
	both := func(h map[string][]string) Policy {
		return Policy{answerOf(pageServed, 200, h), answerOf(pageServed, 200, h), answerOf(apiServed, 200, h)}
	}
	nonce := func(n string) Answer {
		return answerOf(pageServed, 200, with(policyHeader, "default-src 'none'; script-src 'nonce-"+n+"'; base-uri 'none'; frame-ancestors 'none'"))
	}
	onlyPage, gone := both(full()), both(full())
	onlyPage.API.Headers, gone.Page.Status = nil, 404
	reporting := map[string][]string{policyReportOnly: full()[policyHeader]}
	tryJudge(t, policy(), []judgement[Policy]{
		{both(full()), evidence.Pass, "strict"},
		{Policy{nonce("aaaaaaaa"), nonce("bbbbbbbb"), answerOf(apiServed, 200, full())}, evidence.Pass, "strict"},
		{both(with(policyHeader, "default-src 'none'; base-uri 'none'")), evidence.Pass, "strict"}, // X-Frame-Options does
		{both(with(policyHeader, "default-src *", full()[policyHeader][0])), evidence.Pass, "strict"},
		{onlyPage, evidence.Fail, "absent"},
		{both(reporting), evidence.Fail, "report_only"},
		{both(with(policyHeader, "default-src 'self' 'unsafe-inline'; base-uri 'none'")), evidence.Fail, "weak"},
		{Policy{nonce("aaaaaaaa"), nonce("aaaaaaaa"), answerOf(apiServed, 200, full())}, evidence.Fail, "nonce_reused"},
		{gone, evidence.Unproven, "unplanned"},
		{Policy{}, evidence.Unproven, "unanswered"},
	})
}

func TestJudgeTransport(t *testing.T) {
	tls := func(values ...string) []Answer { return six(with(hardening.StrictTransport, values...)) }
	one := func(values ...string) []Answer {
		all := six(with(hardening.StrictTransport, "max-age=63072000"))
		all[5].Headers = with(hardening.StrictTransport, values...)
		return all
	}
	strange := tls("max-age=31536000")
	strange[2].Status = 500
	tryJudge(t, transport(), []judgement[Transport]{
		{Transport{byCertificate, tls("max-age=31536000"), six(full())}, evidence.Pass, "held"},
		{Transport{byProxy, tls(`max-age="63072000"; includeSubDomains; preload`), six(nil)}, evidence.Pass, "held"},
		{Transport{byCertificate, append(tls("max-age=31536000")[:5], answerOf(apiFailed, 500, full())), six(full())}, evidence.Fail, "missing"},
		{Transport{byCertificate, one("one year"), six(full())}, evidence.Fail, "invalid"},
		{Transport{byCertificate, one("max-age=300"), six(full())}, evidence.Fail, "short"},
		{Transport{byCertificate, tls("max-age=31536000"), tls("max-age=31536000")}, evidence.Fail, "over_plain"},
		{Transport{byCertificate, strange, six(full())}, evidence.Unproven, "unplanned"},
		{Transport{byCertificate, tls("max-age=31536000")[:5], six(full())}, evidence.Unproven, "unprovoked"},
		{Transport{Way: byCertificate, Plain: six(full())}, evidence.Unproven, "unanswered"},
	})
}

func TestFramesClosed(t *testing.T) {
	for value, want := range map[string]bool{"frame-ancestors 'none'": true, "frame-ancestors 'self' https://a.example": true,
		"frame-ancestors *": false, "frame-ancestors https:": false, "default-src 'none'": false} {
		if got := framesClosed(csp.Parse([]string{value})[0]); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

func TestAssetOf(t *testing.T) {
	for page, want := range map[string]string{
		`<script type="module" crossorigin src="/assets/i-1.js"></script>`:                         "/assets/i-1.js",
		`<link rel=stylesheet href=site.css>`:                                                      "/app/site.css",
		`<link rel="icon" href="./f.svg" type="image/svg+xml">`:                                    "/app/f.svg",
		`<script src="//cdn.example/x.js"></script><script src="https://a.example/y.js"></script>`: "",
		`<p>no files</p>`: "",
	} {
		if got := AssetOf([]byte(page), "/app/"); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}

func TestLooseCookies(t *testing.T) {
	for line, want := range map[string]bool{
		"connect.sid=s%3Ax; Path=/":               true,
		"connect.sid=s%3Ax; Path=/; HttpOnly":     false,
		"__Host-session=x; Path=/; Secure":        true,
		"app_session=x":                           true,
		"access_token=x; Secure; SameSite=Strict": true,
		"sid=; Max-Age=0":                         false, // a logout
		"lang=es; Path=/":                         false,
		"XSRF-TOKEN=x; Path=/":                    false, // scripts must read it
		"csrf_token=x":                            false,
		"theme=dark; SameSite=None":               true,
		"theme=dark; SameSite=None; Secure":       false,
		"session_expires_hint=5":                  false,
	} {
		all := cookiesOf(map[string][]string{"Set-Cookie": {line}})
		if len(all) != 1 || all[0].loose() != want {
			t.Errorf("%s: %+v", line, all)
		}
	}
}

// A session's cookie that scripts can read is caught on a service that runs.
func TestALooseCookieIsCaught(t *testing.T) {
	b, _ := beside(t, func(t *twin) {
		t.harden = func(h nethttp.Header, status int, secured bool) {
			hardened(h, status, secured)
			h.Set("Set-Cookie", "sid=0123456789abcdef; Path=/")
		}
	})
	wants(t, headersID, b, evidence.Fail, "loose_cookies")
}
