package main

import (
	"bufio"
	"fmt"
	"io"
	"runtime"
	"time"
)

// print writes the results down. It names no host.
func print(out io.Writer, now time.Time, patient, bare scanned, rows []row) error {
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, `# The MDN HTTP Observatory, beside the gate "security"

Written by `+"`make observatory`"+` on %s. The npm package `+"`@mdn/mdn-http-observatory`"+` %s on Node %s, %s/%s, over loopback.
Its grades are information, not listo's verdict: the gate knows no score.

## The patient: %s, %d

It speaks TLS with its own certificate; no plain port is open.

`, now.UTC().Format(time.DateOnly), patient.Version, patient.Node, runtime.GOOS, runtime.GOARCH, patient.Grade, patient.Score)
	tests(w, patient.Tests)
	fmt.Fprintf(w, `
The pass of its CORS test counts for nothing: version 1.4.8 never finds a reflected origin. `+"`security.cors`"+` is what tells.

## The bare service: %s, %d

`+"`examples/gastos-express`"+` on plain http, and behind a listener that ends TLS and adds nothing. What the Observatory has against it, and what
the gate says of the same process:

| Observatory | result | points | check of the gate | outcome | |
|---|---|--:|---|---|---|
`, bare.Grade, bare.Score)
	for _, r := range rows {
		fmt.Fprintf(w, "| %s | %s | %+d | %s | %s | %s |\n", r.Test, r.Result, r.Modifier, r.counterpart.text(), r.outcome(), r.note)
	}
	wrong, open := 0, 0
	for _, r := range rows {
		if r.wrong() {
			wrong++
		}
		if r.open {
			open++
		}
	}
	fmt.Fprintf(w, "\n%d things found by the Observatory, %d of them not found by the gate.\n", wrong, open)
	return w.Flush()
}

func tests(w io.Writer, all []test) {
	fmt.Fprint(w, "| test | result | points |\n|---|---|--:|\n")
	for _, t := range all {
		fmt.Fprintf(w, "| %s | %s | %+d |\n", t.Test, t.Result, t.Modifier)
	}
}

func (c counterpart) text() string {
	switch {
	case c.check == "":
		return "none"
	case c.header != "":
		return "`" + c.check + "`: " + c.header
	}
	return "`" + c.check + "`"
}

func (r row) outcome() string {
	switch {
	case r.open:
		return "**not found**"
	case r.found.Reason == "":
		return "not asked here"
	}
	return fmt.Sprintf("%v: %s", r.found.Outcome, r.found.Reason)
}
