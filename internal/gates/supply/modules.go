package supply

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/engine/lockfile"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// modules asks whether the Go modules on the disk are those of go.sum. `go mod
// verify` alone does not tell: it passes a go.sum whose line is missing or
// forged, since it compares the cache with itself (measured with go 1.26.8).
func modules() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: modulesID, Class: modulesID, Needs: needs(),
		Reasons: []string{"verified", "none", "mismatch", "unlisted", "modified", "unreachable", "no_answer", "unreadable", "undeclared", "nothing"},
	}, runModules, judgeModules)
}

// Modules is what the Go modules of all parts turned out to be.
type Modules struct {
	Found Found        `json:"found"`
	Parts []ModulePart `json:"parts,omitempty"`
}

// ModulePart is one Go module and what it requires.
type ModulePart struct {
	Part  string `json:"part"`
	Kind  string `json:"kind,omitempty"`
	Error string `json:"error,omitempty"` // why go.mod or go.sum could not be read
	// Required are the modules of go.mod; Downloaded those of which go told the sum
	// of the bytes on the disk; Equal those whose sum stands in go.sum.
	Required   int `json:"required"`
	Local      int `json:"local"` // taken from a folder: no sum
	Downloaded int `json:"downloaded"`
	Equal      int `json:"equal"`
	// Mismatched and Unlisted are named: the sum in go.sum is another one, or none.
	Mismatched []string `json:"mismatched,omitempty"`
	Unlisted   []string `json:"unlisted,omitempty"`
	Offline    bool     `json:"offline"`            // a proxy or server did not answer
	Download   string   `json:"download,omitempty"` // why the download failed
	Verified   bool     `json:"verified"`           // go mod verify: all modules verified
	Verify     string   `json:"verify,omitempty"`   // what it printed otherwise
}

func runModules(ctx context.Context, b *lab.Bench) (Modules, error) {
	all := parts(b)
	found, err := look(ctx, b, all, "go.mod")
	o := Modules{Found: found}
	if err != nil {
		return o, err
	}
	for _, p := range of(all, kindGo) {
		m, err := verifyModules(ctx, b, p)
		if err != nil {
			return o, err
		}
		o.Parts = append(o.Parts, m)
	}
	return o, nil
}

func verifyModules(ctx context.Context, b *lab.Bench, p part) (ModulePart, error) {
	m := ModulePart{Part: p.Name, Kind: p.kind}
	if p.kind == "" {
		return m, nil
	}
	folder, away, err := room(b)
	defer away()
	if err != nil {
		return m, err
	}
	c, err := layOut(ctx, b, p, filepath.Join(folder, "copy"))
	if err != nil {
		return m, err
	}
	locked, err := goLock(b, p, c.folder) // before go completes go.sum
	if err != nil {
		m.Error = readable(err.Error())
		return m, nil
	}
	m.Required = len(locked.Packages)
	if err := m.download(ctx, b, c, locked); err != nil {
		return m, err
	}
	result, err := goRun(ctx, b, p, c.folder, false, "mod", "verify")
	if err != nil {
		m.Verify = readable(err.Error())
		return m, ctx.Err()
	}
	m.Verified = result.Exit == 0 && strings.Contains(string(result.Stdout), "all modules verified") || onlyLocal(result.Stderr, locked)
	if !m.Verified {
		m.Verify = readable(cmp.Or(command.FirstLine(result.Stderr), command.FirstLine(result.Stdout)))
	}
	return m, nil
}

// download lets go bring what go.mod requires and compares the sums of the bytes
// on the disk with go.sum as it was committed.
func (m *ModulePart) download(ctx context.Context, b *lab.Bench, c copied, locked *lockfile.Go) error {
	result, err := goRun(ctx, b, c.part, c.folder, true, "mod", "download", "-json")
	if err != nil {
		m.Download = readable(err.Error())
		return ctx.Err()
	}
	sums, failed := downloaded(result.Stdout)
	stderr := string(result.Stderr)
	if result.Exit != 0 {
		m.Download = readable(cmp.Or(failed, command.FirstLine(result.Stderr)))
		m.Offline = offline(stderr + failed)
	}
	m.forged(stderr)
	var listing strings.Builder
	for _, p := range locked.Packages {
		if p.Local() {
			m.Local++
			continue
		}
		name := p.Name + "@" + p.Version
		sum, told := sums[name]
		if told {
			m.Downloaded++
			fmt.Fprintf(&listing, "%s %s\n", name, sum)
		}
		switch {
		case p.Integrity == "":
			m.Unlisted = append(m.Unlisted, readable(name))
		case told && sum != p.Integrity:
			m.Mismatched = append(m.Mismatched, readable(name))
		case told:
			m.Equal++
		}
	}
	touch := b.Touch("file", "go mod download -json | jq -r '.Path + \"@\" + .Version + \" \" + .Sum'")
	touch.Capture(m.Part+" sums", "text/plain", []byte(listing.String()), true)
	if m.Download != "" {
		touch.Capture(m.Part+" stderr", "text/plain", result.Stderr, true)
	}
	touch.End(result.Exit, nil)
	return nil
}

// downloaded reads what go mod download -json printed: the sum of each module's
// bytes on the disk, and the first error.
func downloaded(printed []byte) (sums map[string]string, failed string) {
	sums = map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(printed))
	for {
		var d struct{ Path, Version, Sum, Error string }
		if err := dec.Decode(&d); err != nil {
			if err != io.EOF {
				failed = cmp.Or(failed, err.Error())
			}
			return sums, failed
		}
		if d.Error != "" {
			failed = cmp.Or(failed, d.Error)
			continue
		}
		sums[d.Path+"@"+d.Version] = d.Sum
	}
}

// forged reads go's own word that a sum is another one: it stops at the first.
func (m *ModulePart) forged(stderr string) {
	for line := range strings.Lines(stderr) {
		name, found := strings.CutSuffix(strings.TrimSpace(line), ": checksum mismatch")
		if _, name, _ = cutLast(name, " "); found {
			m.Mismatched = append(m.Mismatched, readable(name))
		}
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// verdict names what one part turned out to be; "" when every sum is right.
func (m ModulePart) verdict() string {
	switch {
	case m.Kind == "" || m.Error != "":
		return "unreadable"
	case len(m.Mismatched) > 0:
		return "mismatch"
	case len(m.Unlisted) > 0:
		return "unlisted"
	case m.Offline:
		return "unreachable"
	case m.Download != "":
		return "no_answer"
	case !m.Verified && strings.Contains(m.Verify, "has been modified"):
		return "modified"
	case !m.Verified || m.Equal+m.Local != m.Required:
		return "no_answer"
	}
	return ""
}

func judgeModules(o Modules, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"parts": len(o.Parts), "tracked": o.Found.Tracked, "undeclared": few(o.Found.Undeclared), "part": "", "detail": "", "named": ""}
	required, equal, reason, failed := 0, 0, "", false
	for _, p := range o.Parts {
		required, equal = required+p.Required, equal+p.Equal
		v := p.verdict()
		fails := slices.Contains([]string{"mismatch", "unlisted", "modified"}, v)
		if v == "" || failed || (reason != "" && !fails) {
			continue
		}
		reason, failed = v, fails
		facts["part"], facts["named"] = p.Part, few(slices.Concat(p.Mismatched, p.Unlisted))
		facts["detail"] = cmp.Or(p.Error, p.Download, p.Verify)
	}
	facts["required"], facts["equal"] = required, equal
	switch {
	case failed:
		return evidence.Failed(reason, facts)
	case reason != "":
		return evidence.Undecided(reason, facts)
	case len(o.Found.Undeclared) > 0:
		return evidence.Undecided("undeclared", facts)
	case o.Found.Tracked == 0:
		return evidence.Undecided("nothing", facts)
	case len(o.Parts) == 0:
		return evidence.Passed("none", facts)
	}
	return evidence.Passed("verified", facts)
}
