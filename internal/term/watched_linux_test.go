package term

import (
	"os"
	"testing"
)

// A pseudo-terminal is one; what the environment says decides the rest.
func TestWatched(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	_, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	for _, c := range []struct {
		out           *os.File
		env           map[string]string
		live, colours bool
	}{
		{terminal, nil, true, true},
		{terminal, map[string]string{"NO_COLOR": ""}, true, true}, // no-color.org: not an empty string
		{terminal, map[string]string{"NO_COLOR": "1"}, true, false},
		{terminal, map[string]string{"NO_COLOR": "0"}, true, false},
		{terminal, map[string]string{"TERM": "dumb"}, false, false},
		{terminal, map[string]string{"TERM": "xterm"}, true, true},
		{terminal, map[string]string{"CI": "true"}, false, false},
		{terminal, map[string]string{"CI": "false"}, true, true},
		{terminal, map[string]string{"CI": ""}, true, true},
		{pipe, nil, false, false},
		{pipe, map[string]string{"TERM": "xterm", "CI": "false"}, false, false},
	} {
		if live, colours := watched(c.out, in(c.env)); live != c.live || bool(colours) != c.colours {
			t.Errorf("%s with %v: live %v, colours %v, want %v, %v", c.out.Name(), c.env, live, colours, c.live, c.colours)
		}
	}
}
