package sbom

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func document() Document {
	return Document{
		Name: "gastos", Version: "1.2.3", Supplier: "Example SA", Tool: "listo", ToolVer: "0.1.0",
		Time: time.Date(2026, 11, 23, 10, 0, 0, 0, time.FixedZone("", -3*3600)),
		Parts: []Part{
			{Name: "backend", DependsOn: []string{"github.com/Jackc/pgx/v5", "stdlib"}, Packages: []Package{
				{Ecosystem: "Go", Name: "github.com/Jackc/pgx/v5", Version: "v5.12.0+meta", Path: "github.com/Jackc/pgx/v5", H1: "h1:abc=", Licence: "MIT", DependsOn: []string{"golang.org/x/text"}},
				{Ecosystem: "Go", Name: "golang.org/x/text", Version: "v0.43.0", Path: "golang.org/x/text"},
				{Ecosystem: "Go", Name: "stdlib", Version: "1.26.8", Path: "stdlib"},
			}},
			{Name: "frontend", DependsOn: []string{"node_modules/vite"}, Packages: []Package{
				{Ecosystem: "npm", Name: "vite", Version: "7.0.0", Path: "node_modules/vite", Use: Excluded, Licence: "(MIT OR Apache-2.0)", Supplier: "Vite Team",
					Digests: map[string]string{"sha512": strings.Repeat("a", 64), "crc": "x"}, DependsOn: []string{"node_modules/@s/p", "node_modules/vite/node_modules/@s/p", "packages/a"}},
				{Ecosystem: "npm", Name: "@s/p", Version: "1.0.0", Path: "node_modules/@s/p", Use: Excluded, Licence: "SEE LICENSE IN FILE"},
				{Ecosystem: "npm", Name: "@s/p", Version: "1.0.0", Path: "node_modules/vite/node_modules/@s/p", Use: Optional, DependsOn: []string{"node_modules/@s/p"}},
				{Ecosystem: "npm", Name: "a", Path: "packages/a", Local: true},
			}},
		},
	}
}

func write(t *testing.T, d Document) []byte {
	t.Helper()
	bill, err := Write(d)
	if err != nil {
		t.Fatal(err)
	}
	return bill
}

// The embedded schemas are the official ones, which ship with the module that
// writes the bill.
func TestSchemasAreTheOfficialOnes(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bom-1.6.schema.json", "spdx.schema.json"} {
		official, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "schema", name))
		if err != nil {
			t.Fatal(err)
		}
		if own, err := schemas.ReadFile("schema/" + name); err != nil || !bytes.Equal(own, official) {
			t.Errorf("%s is not the official one (%v)", name, err)
		}
	}
}

func TestBillIsValid(t *testing.T) {
	bill := write(t, document())
	if err := Validate(bill); err != nil {
		t.Error(err)
	}
	for _, damage := range [][2]string{{`"specVersion": "1.6"`, `"specVersion": "1.5", "x": 1`}, {`"scope": "required"`, `"scope": "needed"`}, {`"timestamp": "2026`, `"timestamp": "soon`}} {
		broken := bytes.ReplaceAll(bill, []byte(damage[0]), []byte(damage[1]))
		if bytes.Equal(broken, bill) || Validate(broken) == nil {
			t.Errorf("with %s it is still valid", damage[1])
		}
	}
}

func TestSameInputSameBytes(t *testing.T) {
	first := write(t, document())
	for range 20 {
		if !bytes.Equal(first, write(t, document())) {
			t.Fatal("the bill differs")
		}
	}
	other := document()
	other.Parts[0].Packages[1].Version = "v0.43.1"
	var a, b cdx.BOM
	if json.Unmarshal(first, &a) != nil || json.Unmarshal(write(t, other), &b) != nil || a.SerialNumber == b.SerialNumber {
		t.Errorf("another bill has the same serial number %s", a.SerialNumber)
	}
}

func TestWhatTheBillSays(t *testing.T) {
	var bom cdx.BOM
	if err := json.Unmarshal(write(t, document()), &bom); err != nil {
		t.Fatal(err)
	}
	byRef := map[string]cdx.Component{}
	for _, c := range *bom.Components {
		byRef[c.BOMRef] = c
	}
	if len(byRef) != 8 || bom.Metadata.Timestamp != "2026-11-23T13:00:00Z" {
		t.Fatalf("%d components, %s", len(byRef), bom.Metadata.Timestamp)
	}
	pgx := byRef["pkg:golang/github.com/jackc/pgx/v5@v5.12.0%2Bmeta"]
	if pgx.Name != "github.com/Jackc/pgx/v5" || pgx.Supplier.Name != "github.com/Jackc" || pgx.Scope != cdx.ScopeRequired || (*pgx.Licenses)[0].Expression != "MIT" {
		t.Errorf("%+v", pgx)
	}
	p := byRef["pkg:npm/%40s/p@1.0.0"]
	if p.Group != "@s" || p.Name != "p" || p.Scope != cdx.ScopeOptional || (*p.Licenses)[0].License.Name != "SEE LICENSE IN FILE" || p.Supplier.Name != "@s" || len(*p.Properties) != 3 {
		t.Errorf("two places, one component: %+v", p)
	}
	vite := byRef["pkg:npm/vite@7.0.0"]
	if len(*vite.Hashes) != 1 || (*vite.Hashes)[0].Value != strings.Repeat("61", 64) || vite.Scope != cdx.ScopeExcluded {
		t.Errorf("%+v", vite)
	}
	if local := byRef["local:frontend/packages/a"]; local.PackageURL != "" || local.Name != "a" {
		t.Errorf("%+v", local)
	}
	edges := map[string]string{}
	for _, d := range *bom.Dependencies {
		if d.Dependencies != nil {
			edges[d.Ref] = strings.Join(*d.Dependencies, " ")
		}
	}
	for ref, want := range map[string]string{
		"service": "part:backend part:frontend", "pkg:npm/vite@7.0.0": "local:frontend/packages/a pkg:npm/%40s/p@1.0.0", "pkg:npm/%40s/p@1.0.0": "",
		"part:backend": "pkg:golang/github.com/jackc/pgx/v5@v5.12.0%2Bmeta pkg:golang/stdlib@1.26.8",
	} {
		if edges[ref] != want {
			t.Errorf("%s depends on %s, want %s", ref, edges[ref], want)
		}
	}
}

func TestBadInputIsRefused(t *testing.T) {
	for want, spoil := range map[string]func(*Document){
		"needs a name": func(d *Document) { d.Name = "" },
		"a time":       func(d *Document) { d.Time = time.Time{} },
		"and a part":   func(d *Document) { d.Parts = nil },
		"is named":     func(d *Document) { d.Parts[1].Name = "backend" },
		"twice":        func(d *Document) { d.Parts[0].Packages[1].Path = "stdlib" },
		"not in its":   func(d *Document) { d.Parts[0].DependsOn = []string{"node_modules/vite"} },
	} {
		d := document()
		spoil(&d)
		if _, err := Write(d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestCheckCounts(t *testing.T) {
	bill := write(t, document())
	r, err := Check(bill)
	if err != nil {
		t.Fatal(err)
	}
	want := Report{Format: "1.6", Components: 8, WithSupplier: 7, WithName: 8, WithVersion: 7, WithID: 8, WithLicence: 3, WithHash: 1, Edges: 8, Reached: 8, HasAuthor: true, HasTime: true}
	if got, _ := json.Marshal(r); string(got) != string(must(t, want)) {
		t.Errorf("%s\nwant %s", got, must(t, want))
	}
	twice := bytes.Replace(bill, []byte(`"bom-ref": "part:backend"`), []byte(`"bom-ref": "part:frontend"`), 1)
	if r, err := Check(twice); err != nil || len(r.Faults) == 0 {
		t.Errorf("one reference for two components: %+v %v", r, err)
	}
	pair := `{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"bom-ref":"s"}},"components":[{"bom-ref":"a"},{"bom-ref":"a"},{}],"dependencies":[{"ref":"a"},{"ref":"a"},{"ref":"s","dependsOn":["gone"]}]}`
	if r, err := Check([]byte(pair)); err != nil || len(r.Faults) != 4 {
		t.Errorf("%q %v", r.Faults, err)
	}
	for _, bad := range []string{"", "{}", "[]", `{"bomFormat":"CycloneDX","specVersion":"1.6"}`, `{"bomFormat":"SPDX"}`} {
		if _, err := Check([]byte(bad)); err == nil {
			t.Errorf("%q is a bill", bad)
		}
	}
}

func must(t *testing.T, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func FuzzCheck(f *testing.F) {
	bill, err := Write(document())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bill)
	f.Add([]byte(`{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{}},"components":[{}],"dependencies":[{"ref":"a","dependsOn":["a"]}]}`))
	f.Fuzz(func(_ *testing.T, src []byte) { _, _ = Check(src) })
}
