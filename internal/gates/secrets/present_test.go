package secrets

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"listo/internal/config"
	"listo/internal/evidence"
	"listo/internal/lab"
)

func TestPresent(t *testing.T) {
	b := newBench(t, &Settings{}, usual())
	wants(t, "secrets.present", b, evidence.Pass, "present")
	raw := wants(t, "secrets.present", newBench(t, &Settings{}, map[string]string{"JWT_SECRET": "  "}), evidence.Unproven, "missing")
	var o Present
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	if got := names(o.Missing()); len(got) != 2 || o.Token != ConfirmationToken("", []string{"JWT_SECRET", "CONNECTION_POOL_SIZE"}) {
		t.Errorf("missing %v, token %q", got, o.Token)
	}
}

func TestPresentAsksTheProcessFirst(t *testing.T) {
	b := newBench(t, &Settings{}, nil)
	b.Config.Environment = map[string]string{"JWT_SECRET": "from the file", "CONNECTION_POOL_SIZE": "1"}
	b.Patient = func(context.Context) (lab.Target, error) {
		return lab.Target{Environment: map[string]string{"JWT_SECRET": "in the process"}}, nil
	}
	wants(t, "secrets.present", b, evidence.Unproven, "missing")
	b.Patient = func(context.Context) (lab.Target, error) { return lab.Target{}, errors.New("it ended") }
	wants(t, "secrets.present", b, evidence.Pass, "present_handed")
	b.Config.Service.Mode = config.Attached
	wants(t, "secrets.present", b, evidence.Pass, "present_in_file")
}

func TestConfirmationToken(t *testing.T) {
	token := ConfirmationToken("run-1", []string{"B", "A"})
	if token != ConfirmationToken("run-1", []string{"A", "B"}) {
		t.Error("the order of the names matters")
	}
	for _, other := range []string{ConfirmationToken("run-2", []string{"A", "B"}), ConfirmationToken("run-1", []string{"A"}), ConfirmationToken("run-1", []string{"AB"})} {
		if other == token {
			t.Error("another page has the same token")
		}
	}
	if len(token) != 11 || token[5] != '-' {
		t.Errorf("token %q", token)
	}
}

// TestRecipesAreShell: every command parses, and the dotenv one does what it says.
func TestRecipesAreShell(t *testing.T) {
	for _, v := range []Variable{{Name: "JWT_SECRET", Kind: HS256, Secret: true}, {Name: "CONNECTION_POOL_SIZE", Kind: Integer}, {Name: "API_KEY", Kind: Opaque, Secret: true}} {
		for _, r := range v.Recipes() {
			if r.Lang != "bash" {
				continue
			}
			cmd := exec.Command("bash", "-n")
			cmd.Stdin = strings.NewReader(r.Text)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s %s: %v: %s\n%s", v.Name, r.ID, err, out, r.Text)
			}
		}
		b := newBench(t, &Settings{}, nil)
		git(t, b.Config.Folder, "init", "-q")
		cmd := exec.Command("bash", "-e", "-c", v.Recipes()[0].Text)
		cmd.Dir, cmd.Stdin = b.Config.Folder, strings.NewReader("12\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if tracked := git(t, b.Config.Folder, "ls-files", "--others", "--exclude-standard"); tracked != ".gitignore" {
			t.Errorf("git would take %q", tracked)
		}
		line, err := exec.Command("cat", b.Config.Folder+"/.env").Output()
		if err != nil || !strings.HasPrefix(string(line), "\n"+v.Name+"=") || len(line) < len(v.Name)+5 {
			t.Errorf("wrote %d bytes: %v", len(line), err)
		}
	}
}

func TestSettings(t *testing.T) {
	good := &Settings{Required: map[string]Required{"K": {Secret: true, Kind: HS256}, "N": {Kind: Integer}},
		ProductionFingerprints: map[string]string{"K": "x"}, ProtectedRequest: "GET /api/me?x=1", PublicRequests: []string{"POST /login"}}
	for _, s := range []*Settings{{}, good} {
		if err := s.Validate(); err != nil {
			t.Error(err)
		}
	}
	bad := map[string]*Settings{
		"not the name":    {Required: map[string]Required{"a b": {Kind: Opaque}}},
		"kind":            {Required: map[string]Required{"K": {}}},
		"secret: true":    {Required: map[string]Required{"K": {Kind: HS256}}},
		"no secret":       {Required: map[string]Required{"K": {Kind: Integer, Secret: true}}},
		"correct the":     {ProductionFingerprints: map[string]string{"OTHER": "x"}},
		"GET /path":       {ProtectedRequest: "/api/me"},
		"cannot be read":  {PublicRequests: []string{"GET http://elsewhere/"}},
		"history_commits": {HistoryCommits: -1},
	}
	for want, s := range bad {
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if got := strings.Join((&Settings{}).RequiredNames(), " "); got != "CONNECTION_POOL_SIZE JWT_SECRET" {
		t.Errorf("required %s", got)
	}
}
