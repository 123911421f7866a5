package frontend

import (
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		s    Settings
		says string // "" when it is good
	}{
		"nothing written": {Settings{}, ""},
		"all written": {Settings{Directory: "../web/dist", Manifest: "../web/frontend.sha256", BaseRevision: "refs/tags/v1.2+x",
			Sources: []string{"."}, ServedAt: "/app", Pages: []string{"/", "/app/"}}, ""},
		"an option":        {Settings{BaseRevision: "--output=x"}, "base_revision"},
		"two words":        {Settings{BaseRevision: "v1 v2"}, "base_revision"},
		"an expression":    {Settings{BaseRevision: "HEAD~1"}, "base_revision"},
		"relative served":  {Settings{ServedAt: "app"}, "served_at"},
		"relative page":    {Settings{Pages: []string{"/", "app"}}, "pages"},
		"empty source":     {Settings{Sources: []string{""}}, "sources"},
		"lists itself":     {Settings{Directory: "dist", Manifest: "./dist/frontend.sha256"}, "beside"},
		"in the root":      {Settings{Directory: ".", Manifest: "frontend.sha256"}, "beside"},
		"a similar folder": {Settings{Directory: "dist", Manifest: "dist2/frontend.sha256"}, ""},
	} {
		err := c.s.Validate()
		if (err == nil) != (c.says == "") || (err != nil && !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}
