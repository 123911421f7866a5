package command

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/lab"
)

func record(t *testing.T) *lab.Recorder {
	t.Helper()
	blobs, err := lab.OpenBlobs(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return lab.NewRecorder(blobs, redact.New(nil), time.Now)
}

func TestStream(t *testing.T) {
	errStop := errors.New("enough")
	all := func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err }
	cases := map[string]struct {
		command Command
		read    func(io.Reader) error
		want    string // in the error; "" for none
	}{
		"passes stdin on":                         {Command{Args: []string{"cat"}}, func(r io.Reader) error { return expect(r, "hello") }, ""},
		"tells the exit":                          {Command{Args: []string{"sh", "-c", "echo bad >&2; exit 3"}}, all, "exit status 3: bad"},
		"tells what is gone":                      {Command{Args: []string{"listo-no-such-program"}}, all, "listo-no-such-program"},
		"ends an endless one when it is not read": {Command{Args: []string{"yes"}}, func(io.Reader) error { return errStop }, "enough"},
		"ends at its deadline":                    {Command{Args: []string{"sleep", "60"}, Timeout: 50 * time.Millisecond}, all, "not ended within"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := record(t)
			err := Stream(context.Background(), r, c.command, strings.NewReader("hello"), c.read)
			if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if steps, _ := r.Steps(); len(steps) != 1 || steps[0].Replay == "" || (err != nil) != (steps[0].Err != "") {
				t.Errorf("the record: %+v", steps)
			}
		})
	}
}

func expect(r io.Reader, want string) error {
	b, err := io.ReadAll(r)
	if err == nil && string(b) != want {
		return errors.New("read " + string(b))
	}
	return err
}
