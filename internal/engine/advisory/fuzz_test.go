package advisory

import (
	"bytes"
	"testing"
)

func FuzzOpenIndex(f *testing.F) {
	var out bytes.Buffer
	if err := writeIndex(&out, map[string][]record{"a": {{ID: "A-1", Affected: []affected{{Name: "a"}}}}, "b": {{ID: "A-2"}}}); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes(), "a")
	f.Fuzz(func(t *testing.T, src []byte, name string) {
		x, err := openIndex(bytes.NewReader(src), int64(len(src)))
		if err != nil {
			return
		}
		_, _ = x.records(name)
		for _, n := range x.names {
			if n.offset+int64(n.length) > int64(len(src)) {
				t.Errorf("%+v lies outside of %d bytes", n, len(src))
			}
		}
	})
}

func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(`{"id":"A-1","modified":"2025-01-01T00:00:00Z","severity":[{"type":"CVSS_V4","score":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}],"affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.0.0"},{"limit":"*"}]}],"versions":["1.0.0"]}]}`), "1.0.0")
	f.Fuzz(func(t *testing.T, src []byte, version string) {
		for _, ecosystem := range []string{NPM, Go} {
			r, err := readRecord(src, ecosystem)
			if err != nil {
				continue
			}
			ordering, err := schemeOf(ecosystem)
			if err != nil {
				t.Fatal(err)
			}
			if ordering.valid(version) != nil {
				continue
			}
			hits, _ := evaluate([]record{r}, ordering, Package{ecosystem, "x", version})
			for _, h := range hits {
				if h.fixed != "" && ordering.compare(h.fixed, version) <= 0 {
					t.Errorf("%s is fixed in the lower %s", version, h.fixed)
				}
			}
		}
	})
}
