package contracts

import (
	"bytes"
	"encoding/json"
	"fmt"
	nethttp "net/http"

	"listo/internal/engine/openapi"
	"listo/internal/lab/http"
)

// The sizes of bodies that are too large, in bytes: past what frameworks take by
// default (100 KiB and less), and past what a proxy takes (1 MiB).
const (
	smallLarge = 160 << 10
	large      = 2 << 20
)

// unlikely is an id that nobody has and every integer column holds.
const unlikely = json.Number("2147480000")

// unknown gives a value of a parameter that is valid and that nobody has.
func unknown(p openapi.Parameter) (string, bool) {
	for _, v := range []any{unlikely, "7d0f1f64-93b3-4f0e-8d2b-0c1a5f3e9b77", "listo-nobody"} {
		if p.Schema != nil && len(p.Schema.InRequest(v)) == 0 {
			text, ok := openapi.Wire(v)
			return text[0], ok
		}
	}
	return "", false
}

func anonymous(c call) call {
	c = c.clone()
	c.token = http.Token{}
	return c
}

func badToken(c call) call {
	c = c.clone()
	c.token = http.Token{}
	c.header.Set("Authorization", "Bearer not.a.token")
	return c
}

// malformed is half of a JSON body.
func malformed(c call) call {
	c = c.clone()
	c.raw = []byte(`{"listo":`)
	return c
}

// plainText sends the good body as text.
func plainText(c call) call {
	c = c.clone()
	c.header.Set("Content-Type", "text/plain")
	return c
}

// tooLarge sends a JSON body of many bytes.
func tooLarge(c call, size int) call {
	c = c.clone()
	c.header.Set("Content-Type", "application/json")
	c.raw = []byte(fmt.Sprintf(`{"listo":"%s"}`, bytes.Repeat([]byte("a"), size)))
	c.piped = fmt.Sprintf(`{ printf '{"listo":"'; head -c %d /dev/zero | tr '\0' a; printf '"}'; }`, size)
	return c
}

// nowhere is a path that nothing serves.
const nowhere = "/listo-nowhere-5f1c9a7e"

// strange is a request to a path that is not documented.
func strange(method, p string, token http.Token) call {
	return call{op: &openapi.Operation{Method: method, Path: p}, token: token, header: nethttp.Header{}}
}
