// Command answers sends the catalogue of provocations to real servers, each as its
// framework or package makes it by default, and writes down what they answer: the
// fixtures by which listo's fingerprints of layers are tested.
//
//	cd bench/answers/stacks && npm install --allow-scripts=node && (cd goweb && go build -o /tmp/goweb .)
//	go run ./bench/answers -stacks bench/answers/stacks -goweb /tmp/goweb -into internal/engine/provoke/testdata/answers
//
// nginx and Caddy are Debian's packages.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/provoke"
	"listo/internal/engine/wire"
)

// patience bounds one conversation: the longest that a server here keeps silent
// and answers after all is under a second.
const patience = 2 * time.Second

func main() {
	stacks := flag.String("stacks", "bench/answers/stacks", "folder of the services, with node_modules in it")
	goweb := flag.String("goweb", "", "the built goweb")
	into := flag.String("into", "internal/engine/provoke/testdata/answers", "folder of the fixtures")
	only := flag.String("only", "", "one stack, all when empty")
	flag.Parse()
	if err := run(context.Background(), *stacks, *goweb, *into, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder, goweb, into, only string) error {
	for _, s := range stacks(folder, goweb) {
		if only != "" && s.name != only {
			continue
		}
		if err := record(ctx, s, into); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// Recorded is one line of a fixture: what one request was answered with.
type Recorded struct {
	Name   string `json:"name"`
	Row    int    `json:"row"`
	Method string `json:"method"`
	// Received is the first answer as it came, its Date left out; "" for none.
	Received string `json:"received"`
	// Second is the status of the good request behind it on the same connection; 0:
	// none came.
	Second int `json:"second"`
	// State is how the connection was in the end.
	State wire.State `json:"state"`
}

// Head is the first line of a fixture.
type Head struct {
	Stack   string `json:"stack"`
	Version string `json:"version"`
	Command string `json:"command"`
}

func record(ctx context.Context, s stack, into string) error {
	running, err := s.start(ctx)
	if err != nil {
		return err
	}
	defer running.stop()
	origin, err := wire.OriginOf(fmt.Sprintf("http://127.0.0.1:%d", running.port))
	if err != nil {
		return err
	}
	base := provoke.Base{Host: origin.Address, Read: provoke.Good{Method: "GET", Target: "/things"}, Wrong: "DELETE",
		Body: provoke.Good{Method: "POST", Target: "/things", Body: `{"name":"third"}`}, Item: [2]string{"/things/", ""}}
	out, err := os.Create(filepath.Join(into, s.name+".jsonl"))
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	errs := []error{enc.Encode(Head{s.name, s.version, s.command})}
	for _, r := range requests(base) {
		errs = append(errs, enc.Encode(one(ctx, origin, r, base.Plain())))
	}
	return errors.Join(append(errs, out.Close())...)
}

// requests are the catalogue's of both tiers, and those of its experiments that a
// stack of this folder can be driven to.
func requests(base provoke.Base) []provoke.Request {
	all, _ := provoke.Requests(provoke.Application, base)
	more, _ := provoke.Requests(provoke.Protocol, base)
	for _, r := range more {
		if !r.Early {
			all = append(all, r)
		}
	}
	for _, x := range []struct {
		row          int
		name, target string
	}{{40, "handler_throws", "/boom"}, {42, "dead_upstream", "/dead"}, {43, "denied", "/denied"}} {
		other := base
		other.Read.Target = x.target
		all = append(all, provoke.Request{Row: x.row, Name: x.name, Method: "GET", Bytes: other.Plain()})
	}
	return slices.DeleteFunc(all, func(r provoke.Request) bool { return r.Name == "" })
}

var date = regexp.MustCompile(`(?m)^Date: [^\r\n]*`)

func one(ctx context.Context, origin wire.Origin, r provoke.Request, plain []byte) Recorded {
	script := wire.Script{Steps: []wire.Step{wire.Request(r.Bytes), {Await: true, Bytes: plain, Requests: 1}}, Methods: []string{r.Method}, Answers: 2, Patience: patience}
	talk := wire.Talk(ctx, origin, script)
	told := Recorded{Name: r.Name, Row: r.Row, Method: r.Method, State: talk.State}
	if len(talk.Answers) > 0 {
		if _, n, err := wire.Read(talk.Received, r.Method, true); err == nil {
			text := strings.ReplaceAll(string(talk.Received[:n]), origin.Address, "listo.example")
			told.Received = strings.ToValidUTF8(date.ReplaceAllString(text, "Date: x"), "�")
		}
	}
	if len(talk.Answers) > 1 {
		told.Second = talk.Answers[1].Status
	}
	return told
}

// free gives a port that nobody listens on.
func free() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
