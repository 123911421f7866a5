package performance

import (
	"fmt"
	"strings"
	"testing"
)

func TestShapes(t *testing.T) {
	for _, c := range []struct{ rest, now, lacks string }{
		{`{"a":1}`, `{"a":2}`, ""},
		{`{"a":1}`, `{"a":2,"b":3}`, ""},
		{`{"a":1}`, `{"b":2}`, `nothing at "/a"`},
		{`{"a":1}`, `{"a":"1"}`, `text at "/a"`},
		{`{"a":1}`, `{"a":null}`, ""},
		{`{"a":null}`, `{"a":1}`, ""},
		{`{"items":[{"id":1,"x":null},{"id":2,"x":"y"}]}`, `{"items":[{"id":3,"x":"z"}]}`, ""},
		{`{"items":[{"id":1}]}`, `{"items":[]}`, `nothing at "/items/*"`},
		{`{"items":[]}`, `{"items":[{"id":1}]}`, ""},
		{`{"items":[{"id":1}]}`, `{"error":"busy"}`, `nothing at "/items"`},
		{`[1,true]`, `[2]`, ""},
		{`[1]`, `[{}]`, `object at "/*"`},
		{`"x"`, `no JSON`, `nothing at ""`},
		{`no JSON`, `neither`, ""},
	} {
		if got := shapeOf([]byte(c.rest)).lacking(shapeOf([]byte(c.now))); got != c.lacks {
			t.Errorf("%s then %s: %q, want %q", c.rest, c.now, got, c.lacks)
		}
	}
}

func TestAShapeIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"a":1`)
	for i := range 10 * places {
		fmt.Fprintf(&b, `,"k%d":1`, i)
	}
	b.WriteString("}")
	if n := len(shapeOf([]byte(b.String()))); n > places+1 {
		t.Errorf("%d places", n)
	}
}
