package listo_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"listo/internal/evidence"
)

// The patient shouts its secrets: into its log, into an answer, in base64, and the
// commands around it print what they are handed. Nothing of them stands in the
// finished bundle, in any form.
func TestCanariesStayOutOfTheBundle(t *testing.T) {
	t.Parallel()
	binary := quickPatient(t)
	for _, c := range []struct {
		disease string
		gates   []string // the pool's checks take long and see no log
		change  func(w *workspace, jwt string)
	}{
		{"secret-in-log", []string{"secrets", "frontend"}, func(w *workspace, jwt string) { w.env["JWT_SECRET"] = "'" + jwt + "'" }},
		// listo.yaml itself hands it over.
		{"secret-in-response", []string{"secrets", "frontend", "pool", "contracts"}, func(w *workspace, jwt string) { w.service["JWT_SECRET"] = jwt }},
		{"secret-in-log-base64", []string{"secrets", "security"}, func(w *workspace, jwt string) { w.env["JWT_SECRET"] = "'" + jwt + "'" }},
	} {
		t.Run(c.disease, func(t *testing.T) {
			t.Parallel()
			// What each form writes differently: quotes for JSON, blanks and % for URLs.
			jwt, password := `jwt "k3y" \/<&>+=% é `+rand.Text()+rand.Text(), `seed "p4ss" \/<&>+=% ñ `+rand.Text()
			w := newWorkspace(t, binary)
			proof := w.unseen("proof")
			w.service["GASTOS_DISEASE"], w.service["GASTOS_DISEASE_PROOF"] = c.disease, proof
			c.change(w, jwt)
			w.only("it is measured elsewhere", c.gates...)
			w.env["SEED_PASSWORD"] = "'" + password + "'"
			w.edits = append(w.edits, "start: exec ", `start: printf '%s\n' "$SEED_PASSWORD"; printf %s "$SEED_PASSWORD" | base64; exec `,
				"  prepare:\n", "  prepare:\n    - printf 'x%sx' \"$SEED_PASSWORD\"; printf 'y%s' \"$SEED_PASSWORD\" | base64 -w0; printf %s \"$SEED_PASSWORD\" | od -An -tx1 | tr -d ' \\n'\n")
			ledger, _ := w.audit(t)
			if effect, err := os.ReadFile(proof); err != nil || len(effect) == 0 {
				t.Fatalf("the disease took no effect: %v", err)
			}
			cut := redactions(ledger)
			if cut["JWT_SECRET"] == 0 || cut["login.password"] == 0 {
				t.Fatalf("nobody shouted: %v were cut out", cut)
			}
			bundle := filepath.Join(w.folder, "reports/dev_audit")
			for name, value := range map[string]string{"JWT_SECRET": jwt, "SEED_PASSWORD": password} {
				for _, found := range scan(t, bundle, value) {
					t.Errorf("%s: %s", name, found)
				}
			}
			w.verifies(t)
		})
	}
}

// redactions counts by name what was cut out of everything that was kept.
func redactions(l evidence.Ledger) map[string]int {
	all := map[string]int{}
	for _, e := range l.Entries {
		var steps []evidence.Step
		switch {
		case e.Experiment != nil:
			steps = e.Experiment.Steps
		case e.Control != nil:
			steps = e.Control.Steps
		case e.Handling != nil:
			steps = e.Handling.Steps
		}
		for _, s := range steps {
			for _, b := range s.Raw {
				for name, n := range b.Redacted {
					all[name] += n
				}
			}
		}
	}
	return all
}

// scan looks through every file of a folder for a value, in a way that shares
// nothing with the redactor: it writes down the forms and searches for them, and
// for their halves.
func scan(t *testing.T, folder, value string) (found []string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		name, _ := filepath.Rel(folder, path)
		for form, needle := range forms(value) {
			if bytes.Contains(text, []byte(needle)) {
				found = append(found, fmt.Sprintf("%s stands in %s", form, name))
			}
			if strings.Contains(name, needle) {
				found = append(found, fmt.Sprintf("%s stands in the name %s", form, name))
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("%d files in %s, %v", files, folder, err)
	}
	return found
}

// forms gives the ways in which programs write a value, whole and in halves.
func forms(value string) map[string]string {
	all := map[string]string{}
	add := func(form, text string) {
		half := len(text) / 2
		all[form], all["the first half of "+form], all["the second half of "+form] = text, text[:half], text[half:]
	}
	inJSON := func(s string) string {
		raw, _ := json.Marshal(s) // a string always marshals
		return string(raw[1 : len(raw)-1])
	}
	var unescaped bytes.Buffer
	enc := json.NewEncoder(&unescaped)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(value) // likewise
	add("plain", value)
	add("JSON", inJSON(value))
	add("JSON without HTML", strings.Trim(unescaped.String(), "\"\n"))
	add("JSON twice", inJSON(inJSON(value)))
	add("query", url.QueryEscape(value))
	add("path", url.PathEscape(value))
	add("query in lower case", lowerEscapes(url.QueryEscape(value)))
	add("hex", hex.EncodeToString([]byte(value)))
	add("HEX", strings.ToUpper(hex.EncodeToString([]byte(value))))
	for shift := range 3 {
		// What base64 gives for the value with shift bytes before it; the ends hang on
		// their neighbours and are left out.
		shifted := append(bytes.Repeat([]byte{'x'}, shift), value...)
		for name, coding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64 of URLs": base64.RawURLEncoding} {
			text := coding.EncodeToString(shifted)
			add(fmt.Sprintf("%s, %d to the right", name, shift), text[4:len(text)-4])
		}
	}
	return all
}

func lowerEscapes(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '%' && i+2 < len(b) {
			copy(b[i:], bytes.ToLower(b[i:i+3]))
		}
	}
	return string(b)
}

// The scanner is shown what it must find.
func TestTheScannerFindsCanaries(t *testing.T) {
	value := `jwt "k3y" \/<&>+=% é 0123456789abcdef`
	for form, text := range forms(value) {
		folder := t.TempDir()
		for name, content := range map[string]string{"clean.md": "nothing here", "planted": "before " + text + " after"} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		found := scan(t, folder, value)
		if !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, form) && strings.HasSuffix(s, "stands in planted") }) {
			t.Errorf("%s was not found: %v", form, found)
		}
		if slices.ContainsFunc(found, func(s string) bool { return strings.HasSuffix(s, "clean.md") }) {
			t.Errorf("found in a clean file: %v", found)
		}
	}
	for _, text := range []string{"", "xy", "xyz"} { // base64 as programs write it, at every alignment
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "planted"), []byte(base64.StdEncoding.EncodeToString([]byte(text+value+"tail"))), 0o600); err != nil {
			t.Fatal(err)
		}
		if len(scan(t, folder, value)) == 0 {
			t.Errorf("base64 after %d bytes was not found", len(text))
		}
	}
}
