package security

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"listo/internal/config"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/sql"
)

// injectionBudget is longer than that of the others: a login takes its time to hash.
const injectionBudget = 90 * time.Second

// splitHeader is what a text brings along that ends a header and begins another.
const splitHeader = "X-Listo-Injected"

// witness is a sequence in the database. A sequence moves for good, also where the
// transaction that moved it is rolled back; so what was executed there is seen, whether
// the service answers with an error, with nothing or as if nothing had been.
type witness struct {
	session  *sql.Session
	sequence string
	seen     bool // it moved when listo moved it
	err      error
}

// testify makes the witness; where the database is not listo's there is none.
func testify(ctx context.Context, b *lab.Bench) (*witness, error) {
	salt := make([]byte, 4)
	if _, err := io.ReadFull(b.Rand, salt); err != nil {
		return nil, fmt.Errorf("making a name: %w", err)
	}
	w := &witness{sequence: "listo_witness_" + hex.EncodeToString(salt)}
	if b.Target.AdminURL == "" || b.Config.Service.Mode == config.Attached {
		return w, nil
	}
	session, err := sql.Open(ctx, b)
	if err != nil {
		return nil, err
	}
	w.session = session
	for _, statement := range []string{"create sequence " + w.sequence, "grant usage on sequence " + w.sequence + " to public"} {
		if err := session.Exec(ctx, statement); err != nil {
			session.Close()
			return nil, fmt.Errorf("security: the witness: %w", err)
		}
	}
	before := w.at(ctx)
	w.err = session.Exec(ctx, "select nextval('"+w.sequence+"')")
	w.seen = w.err == nil && w.at(ctx) > before
	return w, nil
}

// at reads how far the witness stands.
func (w *witness) at(ctx context.Context) (n int64) {
	if w.session == nil || w.err != nil {
		return 0
	}
	w.err = w.session.One(ctx, "select case when is_called then last_value else 0 end from "+w.sequence, &n)
	return n
}

func (w *witness) close(ctx context.Context) {
	if w.session == nil {
		return
	}
	_ = w.session.Exec(context.WithoutCancel(ctx), "drop sequence "+w.sequence) // the clone ends with its gate
	w.session.Close()
}

// text is one value that is a program.
type text struct {
	kind  string
	value any
}

// textsOf gives the texts for a place: in the middle of a literal, at its end, in place
// of a number, of a name in order by, and as a statement of its own; a header; and for
// logins an operator of document databases.
func textsOf(sequence, plain string, login bool) []text {
	call := "nextval('" + sequence + "')"
	all := []text{
		{"quote", plain + "'"},
		{"literal", plain + "'||" + call + "||'"},
		{"literal_end", plain + "' or " + call + ">0 -- "},
		{"statement", plain + "'; select " + call + "; -- "},
	}
	if login {
		return append(all, text{"always_true", plain + "' or '1'='1' -- "}, text{"operator", map[string]any{"$ne": ""}})
	}
	return append(all, text{"number", plain + "+0*" + call}, text{"number_statement", plain + "; select " + call + " -- "},
		text{"name", "(select " + call + ")"}, text{"header", plain + "\r\n" + splitHeader + ": 1"})
}

// target is one place to write a text into.
type target struct {
	name, where, plain string
	writes, closed     bool
	with               func(value any, token http.Token) http.Request
}

// targetsOf lists the places of all inputs, and of the login.
func targetsOf(b *lab.Bench) ([]target, error) {
	var all []target
	for _, line := range settings(b).Inputs {
		o, err := parseOrder(line)
		if err != nil {
			return nil, fmt.Errorf("security: inputs: %w", err)
		}
		all = append(all, placesOf(o)...)
	}
	login, err := parseOrder(b.Config.Login.Request)
	if err != nil || len(b.Config.Login.Users) == 0 {
		return all, nil
	}
	// The password is a wrong one: none is needed to be let in where a text does it.
	login.body = strings.NewReplacer("{user}", b.Config.Login.Users[0], "{password}", "listo-no-password").Replace(b.Config.Login.Body)
	for _, t := range membersOf(login) {
		t.closed, t.writes = true, false
		all = append(all, t)
	}
	return all, nil
}

func placesOf(o order) []target {
	path, query, _ := strings.Cut(o.path, "?")
	var all []target
	values, _ := url.ParseQuery(query)
	for _, name := range sortedKeys(values) {
		all = append(all, target{name: o.method + " " + path, where: name, plain: values.Get(name), writes: !o.reads(), with: func(v any, token http.Token) http.Request {
			changed := url.Values{}
			for k, vs := range values {
				changed[k] = vs
			}
			changed.Set(name, fmt.Sprint(v))
			return order{o.method, path + "?" + changed.Encode(), o.body}.request(token)
		}})
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if segment == "" || strings.Trim(segment, "0123456789") != "" {
			continue
		}
		all = append(all, target{name: o.method + " " + path, where: segment, plain: segment, writes: !o.reads(), with: func(v any, token http.Token) http.Request {
			changed := append([]string(nil), segments...)
			changed[i] = url.PathEscape(fmt.Sprint(v))
			other := strings.Join(changed, "/")
			if query != "" {
				other += "?" + query
			}
			return order{o.method, other, o.body}.request(token)
		}})
	}
	return append(all, membersOf(o)...)
}

// membersOf lists the members of a body that are texts.
func membersOf(o order) []target {
	var body map[string]any
	if o.body == "" || json.Unmarshal([]byte(o.body), &body) != nil {
		return nil
	}
	var all []target
	for _, name := range sortedKeys(body) {
		plain, isText := body[name].(string)
		if !isText {
			continue
		}
		all = append(all, target{name: o.method + " " + o.path, where: name, plain: plain, writes: true, with: func(v any, token http.Token) http.Request {
			changed := map[string]any{}
			for k, old := range body {
				changed[k] = old
			}
			changed[name] = v
			encoded, _ := json.Marshal(changed) // it was JSON, and a text was put in
			return order{o.method, o.path, string(encoded)}.request(token)
		}})
	}
	return all
}
