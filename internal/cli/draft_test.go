package cli

import (
	"strings"
	"testing"

	"listo/internal/gates"
)

// TestHostileTextStaysText writes values and remarks that would mean something
// to YAML, to listo's variables or to a terminal, and reads them back.
func TestHostileTextStaysText(t *testing.T) {
	w := &world{env: map[string]string{"HOME": "filled"}}
	for _, text := range []string{
		"a: b # c", "${HOME}", "$${HOME}", "$$", "$HOME", `"q" 'r'`, "- x", "true", "42", "*a", "&a", "!t", "{port}", "# x", "a\u2028b", "a\nb", "é ñ", "|", "@x", "%x", " x",
	} {
		d := newDraft()
		d.setRaw("version", "1", "one\nversion: 2\n\x1b[31m\u202e")
		d.set("name", text, text+"\nname: other")
		d.setRaw("service.mode", "attached", "")
		d.setRaw("service.url", "${URL}", "")
		d.add("env_files", item{text: "- " + scalar(literal("x "+text)), from: "\n- y"})
		d.remark("login", "%s\nlogin: {}", text)
		folder := t.TempDir()
		out := d.render(outline(gates.All()))
		write(t, out, folder, configFile)
		cfg := configured(t, folder, w)
		if cfg.Name != text || len(cfg.EnvFiles) != 1 || cfg.EnvFiles[0] != "x "+text || cfg.Login.Request != "" {
			t.Errorf("%q came back as %q, %q", text, cfg.Name, cfg.EnvFiles)
		}
		if strings.ContainsAny(out, "\x1b\u202e") {
			t.Errorf("%q: a remark can paint on a terminal", text)
		}
	}
}

func TestEveryKeyStandsInAnEmptyDraft(t *testing.T) {
	out := newDraft().render(outline(gates.All()))
	var look func(all []key)
	look = func(all []key) {
		for _, k := range all {
			if !strings.Contains(out, k.name+":") {
				t.Errorf("%s is missing", k.path)
			}
			look(k.below)
		}
	}
	look(outline(gates.All()))
	for line := range strings.Lines(out) {
		if line != "\n" && line[0] != '#' {
			t.Errorf("an empty draft says something: %q", line)
		}
	}
}
