package redact

import (
	"strings"
	"testing"
)

const (
	aToken = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIiwibmFtZSI6IkEifQ.h6vNn-w_0QmXh7m4y5v0y3n1"
	aKey   = "MHcCAQEEIB0q4g5vYkz3d8Jr1oKXv8oQ2G2X9m"
)

func TestNet(t *testing.T) {
	r := New([]Secret{{"API_TOKEN", "zq81-TOKEN-77xy"}})
	for _, c := range []struct{ name, in, want string }{
		{"wire", "GET / HTTP/1.1\r\nAuthorization: Bearer abc.def-1\r\nHost: x\r\n", "GET / HTTP/1.1\r\nAuthorization: Bearer ‹authorization›\r\nHost: x\r\n"},
		{"small letters, no blank", "authorization:Basic dXNlcjpwYXNz\n", "authorization:Basic ‹authorization›\n"},
		{"no scheme", "Authorization: 0a1b2c\n", "Authorization: ‹authorization›\n"},
		{"unknown scheme", "Authorization: s3cr3t word\n", "Authorization: ‹authorization›\n"},
		{"proxy", "Proxy-Authorization: Basic abc", "Proxy-Authorization: Basic ‹authorization›"},
		{"digest", `Authorization: Digest username="a", response="6629f"` + "\r\nA: b", "Authorization: Digest ‹authorization›\r\nA: b"},
		{"digest in JSON", `{"authorization":"Digest username=\"a\", response=\"66\"","b":1}`, `{"authorization":"Digest ‹authorization›","b":1}`},
		{"JSON", `{"Authorization": "Bearer abc", "x":1}`, `{"Authorization": "Bearer ‹authorization›", "x":1}`},
		{"JSON in JSON", `{"m":"{\"authorization\":\"Bearer abc\",\"b\":1}"}`, `{"m":"{\"authorization\":\"Bearer ‹authorization›\",\"b\":1}"}`},
		{"inside a message", `{"msg":"sent Authorization: Bearer abc","level":"info"}`, `{"msg":"sent Authorization: Bearer ‹authorization›","level":"info"}`},
		{"dump with escaped line ends", `"GET /\r\nAuthorization: Bearer abc\r\nHost: x"`, `"GET /\r\nAuthorization: Bearer ‹authorization›\r\nHost: x"`},
		{"Go map", "map[Authorization:[Bearer abc] Host:[x]]", "map[Authorization:[Bearer ‹authorization›] Host:[x]]"},
		{"curl", `curl -H 'Authorization: Bearer abc' http://h/x`, `curl -H 'Authorization: Bearer ‹authorization›' http://h/x`},
		{"cookies", "Cookie: sid=abc; theme=dark\r\n", "Cookie: sid=‹cookie›; theme=‹cookie›\r\n"},
		{"cookie without a name", "Cookie: abc\r\nA: b", "Cookie: ‹cookie›\r\nA: b"},
		{"cookie as JSON", `"cookie":"a=b; c=d",`, `"cookie":"a=‹cookie›; c=‹cookie›",`},
		{"quoted cookie", `Cookie: a="b c"; d=e` + "\n", "Cookie: a=‹cookie›; d=‹cookie›\n"},
		{"cookie named like an attribute", "Cookie: path=abc\n", "Cookie: path=‹cookie›\n"},
		{"long name", "Cookie: " + strings.Repeat("n", 70) + "=v; b=c\n", "Cookie: ‹cookie›; b=‹cookie›\n"},
		{"set-cookie", "Set-Cookie: sid=abc; Path=/; Max-Age=60; Expires=Wed, 21 Oct 2015 07:28:00 GMT; HttpOnly; SameSite=Lax\r\n",
			"Set-Cookie: sid=‹cookie›; Path=/; Max-Age=60; Expires=Wed, 21 Oct 2015 07:28:00 GMT; HttpOnly; SameSite=Lax\r\n"},
		{"set-cookie, unknown attribute", "set-cookie: sid=abc; Path=/; other=def; Secure\n", "set-cookie: sid=‹cookie›; Path=/; other=‹cookie›; Secure\n"},
		{"set-cookie, a secret as a flag", "set-cookie: sid=abc; swordfish\n", "set-cookie: sid=‹cookie›; ‹cookie›\n"},
		{"set-cookie, joined", "set-cookie: a=1; Path=/, path=2; Secure\n", "set-cookie: a=‹cookie›; Path=/, path=‹cookie›; Secure\n"},
		{"set-cookie, Node", `"set-cookie":["a=1; Path=/","b=2; Secure"],"x":"y=1"`, `"set-cookie":["a=‹cookie›; Path=/","b=‹cookie›; Secure"],"x":"y=1"`},
		{"set-cookie, pretty JSON", "\"Set-Cookie\": [\n    \"a=1\",\n    \"b=2\"\n  ]", "\"Set-Cookie\": [\n    \"a=‹cookie›\",\n    \"b=‹cookie›\"\n  ]"},
		{"deleted cookie", "Set-Cookie: sid=; Max-Age=0\r\n", "Set-Cookie: sid=; Max-Age=0\r\n"},
		{"URL", "postgres://app:p4ss@db:5432/x", "postgres://app:‹password›@db:5432/x"},
		{"URL, password with @ and :", "redis://:p@s:s@h:6379", "redis://:‹password›@h:6379"},
		{"URL in PHP's JSON", `"postgres:\/\/app:p4ss@db\/x"`, `"postgres:\/\/app:‹password›@db\/x"`},
		{"URL, digits as password", "amqp://u:12345@h/", "amqp://u:‹password›@h/"},
		{"URL, endless password", "http://u:" + strings.Repeat("p", 5000) + "@h/x", "http://u:‹password›/x"},
		{"token", "token=" + aToken + "&a=1", "token=‹token›&a=1"},
		{"token without signature", `"eyJhbGciOiJub25lIn0.e30."`, `"‹token›"`},
		{"JWE", aToken + ".AxY8DCtDaGlsbGljb3RoZQ.XFBoMYUZodetZdvT bye", "‹token› bye"},
		{"large token", "eyJhbGciOiJIUzI1NiJ9." + strings.Repeat("a", 20000) + ".sig x", "‹token› x"},
		{"token with a secret inside", "eyJhbGciOiJIUzI1NiJ9.eyJ4zq81-TOKEN-77xyIn0.c2lnbmF0dXJl!", "‹token›!"},
		{"key", "a\n-----BEGIN PRIVATE KEY-----\n" + aKey + "\n-----END PRIVATE KEY-----\nb", "a\n‹private key›\nb"},
		{"key in JSON", `"-----BEGIN RSA PRIVATE KEY-----\n` + aKey + `\n` + aKey + `\n-----END RSA PRIVATE KEY-----\n"`, `"‹private key›\n"`},
		{"encrypted key", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n" + aKey + "\n-----END RSA PRIVATE KEY-----", "‹private key›"},
		{"OpenPGP", "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: x\n\n" + aKey + "\n-----END PGP PRIVATE KEY BLOCK-----.", "‹private key›."},
		{"key cut off", "-----BEGIN EC PRIVATE KEY-----\n" + aKey, "‹private key›"},
		{"key with a secret inside", "-----BEGIN PRIVATE KEY-----\n" + aKey + "\nzq81-TOKEN-77xy" + aKey + "\n-----END PRIVATE KEY-----", "‹private key›"},
		{"declared secrets keep their name", "Authorization: Bearer zq81-TOKEN-77xy\r\n", "Authorization: Bearer ‹API_TOKEN›\r\n"},
		{"declared cookie", "Cookie: a=zq81-TOKEN-77xy; b=2\n", "Cookie: a=‹API_TOKEN›; b=‹cookie›\n"},
	} {
		got := r.CleanString(c.in)
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
		if again := r.CleanString(got); again != got {
			t.Errorf("%s: a second time: %q", c.name, again)
		}
	}
}

// TestInnocents holds what looks like a credential and is none.
func TestInnocents(t *testing.T) {
	r := New([]Secret{{"API_TOKEN", "zq81-TOKEN-77xy"}})
	for _, text := range []string{
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
		"123e4567-e89b-12d3-a456-426614174000",
		"TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2NpbmcgZWxpdA==",
		"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
		"eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbXX0= see a.b.c",
		"config.eyJhbc.min.js",
		"write to ana@example.org or <mailto:ana@example.org>",
		"http://localhost:8080/a:b@c", "https://[::1]:8443/", "http://h:80", "(see http://h:8080)",
		"http://localhost:8080&mail=a@example.org", "ssh://git@example.org:22/x", "https://example.org/@user:x",
		"postgres://app:$DB_PASSWORD@db/x", "postgres://app:${DB_PASSWORD}@db/x", "postgres://app@db:5432/x", "http://user:@host/",
		`curl -H "Authorization: Bearer $TOKEN" "$BASE"/api -d '{"a":1}'`,
		`curl -H "Authorization: Bearer ${TOKEN}" -H "Cookie: sid=$SID; b=$B" $BASE/x`,
		"`Authorization: Bearer $TOKEN` and more",
		"Access-Control-Allow-Headers: Authorization, Content-Type",
		"Vary: Cookie, Authorization\r\n", `WWW-Authenticate: Bearer realm="x"`,
		`{"Authorization":{"type":"string"},"cookie":null,"in":"header"}`,
		"nocookie: yes", "Authorization: \r\nHost: x", "Cookie:\r\n",
		"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ\n-----END CERTIFICATE-----",
		"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIK\n-----END PUBLIC KEY-----",
		`look for "-----BEGIN PRIVATE KEY-----" in files`,
		"zq81-TOKEN-77x", "‹unknown›", "100%", `C:\dir\new`, "a ‹ b", "‹", "café 🔑 ‹›",
	} {
		got, found := r.Clean([]byte(text))
		if string(got) != text || found != nil {
			t.Errorf("%q became %q %v", text, got, found)
		}
	}
}
