package performance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"listo/internal/lab/http"
)

// values are the texts and numbers of a JSON text, by their places as in a shape.
// What stands there by chance, such as true or null, tells nobody apart.
type values map[string]map[string]bool

// valuesEach bounds the values of one place.
const valuesEach = 1000

func valuesOf(text []byte) values {
	v := values{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if d.Decode(&value) == nil {
		v.add("", value)
	}
	return v
}

func (v values) add(at string, value any) {
	switch x := value.(type) {
	case map[string]any:
		for name, member := range x {
			v.add(at+"/"+name, member)
		}
	case []any:
		for _, element := range x {
			v.add(at+"/*", element)
		}
	case string:
		v.put(at, x)
	case json.Number:
		v.put(at, x.String())
	}
}

func (v values) put(at, text string) {
	if v[at] == nil {
		if len(v) >= places {
			return
		}
		v[at] = map[string]bool{}
	}
	if len(v[at]) < valuesEach {
		v[at][text] = true
	}
}

// meet tells whether two sets have a value in common.
func meet(a, b map[string]bool) bool {
	for value := range a {
		if b[value] {
			return true
		}
	}
	return false
}

// whose tells an answer for the one who asked from an answer for somebody else. It
// knows what it was told at rest and nothing of what the members mean.
type whose struct {
	// named are the places that bore, in every row, what the request names: the
	// company that was asked for, the number in the path.
	named map[string]string
	// own are the asker's values that were the same before and after the others asked.
	own    values
	others []values
}

func newWhose(path string, before, after values, others []values) *whose {
	w := &whose{named: map[string]string{}, own: values{}, others: others}
	for at, set := range before {
		if maps.Equal(set, after[at]) {
			w.own[at] = set
		}
	}
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return w
	}
	for at, set := range w.own {
		name := at[strings.LastIndexByte(at, '/')+1:]
		asked := u.Query()[name]
		if at == "/id" {
			asked = append(asked, u.Path[strings.LastIndexByte(u.Path, '/')+1:])
		}
		if len(asked) == 1 && len(set) == 1 && set[asked[0]] {
			w.named[at] = asked[0]
		}
	}
	return w
}

// leastMarks is by how many places another's answer must be told: one figure may come
// to be like somebody else's by chance.
const leastMarks = 2

// marks are the places at which the asker's values at rest and another user's had
// nothing in common.
func (w *whose) marks(other values) (all []string) {
	for at, set := range w.own {
		if len(other[at]) > 0 && !meet(set, other[at]) {
			all = append(all, at)
		}
	}
	slices.Sort(all)
	return all
}

// told counts the users from whose answers the asker's can be told.
func (w *whose) told() (n int) {
	for _, other := range w.others {
		if len(w.marks(other)) >= leastMarks {
			n++
		}
	}
	return n
}

// stranger says by what an answer shows itself to be somebody else's; "" when it does
// not. Rows that come, go and change are no matter here.
func (w *whose) stranger(now values) string {
	for _, at := range slices.Sorted(maps.Keys(w.named)) {
		for _, value := range slices.Sorted(maps.Keys(now[at])) {
			if value != w.named[at] {
				return fmt.Sprintf("%.40q at %q, asked for %.40q", value, at, w.named[at])
			}
		}
	}
	for _, other := range w.others {
		marks := w.marks(other)
		if len(marks) >= leastMarks && !slices.ContainsFunc(marks, func(at string) bool {
			return meet(now[at], w.own[at]) || !meet(now[at], other[at])
		}) {
			return fmt.Sprintf("what another user got at rest, by %q", marks)
		}
	}
	return ""
}

// mostOthers is how many other users are asked, at rest, for what is theirs.
const mostOthers = 20

// tell asks a read at rest: the first user, the others, and the first again.
func (t *trial) tell(ctx context.Context, client *http.Client, path string) *whose {
	series := client.Series("a read of each user, at rest")
	defer series.End()
	ask := func(token http.Token) values {
		a := series.Do(ctx, readOf(path, token))
		if a.Err != nil || a.Status/100 != 2 {
			return values{}
		}
		return valuesOf(a.Body)
	}
	before := ask(t.scene.tokens[0])
	var others []values
	for _, token := range t.scene.tokens[1:min(len(t.scene.tokens), mostOthers+1)] {
		others = append(others, ask(token))
	}
	return newWhose(path, before, ask(t.scene.tokens[0]), others)
}
