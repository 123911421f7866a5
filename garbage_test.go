package listo_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"listo/internal/evidence"
	"listo/internal/gates"
)

// garbageService is a service that is ready and answers whatever else it is asked
// with what no client expects.
const garbageService = `package main

import (
	"net"
	"net/http"
	"os"
	"bufio"
	"bytes"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	filler := bytes.Repeat([]byte("filler "), 1<<13)
	for n := 0; ; n++ {
		conn, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			defer conn.Close()
			r, err := http.ReadRequest(bufio.NewReader(conn))
			switch {
			case err != nil:
			case r.URL.Path == "/readyz":
				conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
			case n%4 == 0:
				conn.Write([]byte("\x00\xff\x16\x03garbage\r\n\r\n"))
			case n%4 == 1:
				conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"))
				for err == nil {
					_, err = conn.Write(filler)
				}
			case n%4 == 2:
				conn.Write([]byte("HTTP/1.1 200 \x1b[2J\u202e\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n{\"token\":[[[[[\"\\u0000"))
			case n%4 == 3:
				conn.Write([]byte("HTTP/1.1 200 OK\r\nX: "))
				for err == nil {
					_, err = conn.Write(filler)
				}
			}
		}()
	}
}
`

// Whatever a service answers, the audit comes to its end: nothing hangs, nothing is
// proved that hangs on an answer, and the bundle holds. The gates are those that
// judge answers; a browser and a load generator would wait for minutes.
func TestAnAuditOfGarbage(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(garbageService), 0o600); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(folder, "garbage")
	if out, err := exec.Command("go", "build", "-o", garbage, filepath.Join(folder, "main.go")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w := newWorkspace(t, garbage)
	w.edits = append(w.edits, "  prepare:\n    - ../../build/demo/gastos migrate up\n    - ../../build/demo/gastos seed\n", "")
	w.only("it judges no answers, or waits long for them", "secrets", "frontend", "pool", "security", "contracts")
	w.settings += "  frontend.browser: it waits long\n"
	ledger, exit := w.audit(t)
	if exit == evidence.ExitGo {
		t.Error("garbage may be promoted")
	}
	for _, check := range []string{"secrets.effective", "frontend.served", "pool.effective", "pool.answered", "pool.churn", "pool.leaks",
		"security.headers", "security.cors", "security.tokens", "security.tenants", "contracts.positive", "contracts.errors.shape"} {
		if outcomes(ledger)[check] == evidence.Pass {
			t.Errorf("%s is proved by garbage: %s", check, explain(ledger, check))
		}
	}
	for _, e := range ledger.Entries {
		if e.Experiment != nil && strings.Contains(e.Experiment.Err, "defect in listo") {
			t.Errorf("%s: %s", e.Experiment.Check, e.Experiment.Err)
		}
	}
	if len(evidence.Decide(gates.All(), ledger).Gates) != len(gates.All()) {
		t.Error("a gate is missing from the verdict")
	}
	w.verifies(t)
}
