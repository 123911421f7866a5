package parity

import (
	"maps"
	"os"
	"strings"
	"syscall"
	"testing"

	"listo/internal/evidence"
)

// edited gives the twin's files with some of them replaced.
func edited(changes map[string]string) map[string]string {
	files := twinFiles()
	maps.Copy(files, changes)
	return files
}

const (
	pass     = evidence.Pass
	fail     = evidence.Fail
	unproven = evidence.Unproven
)

func TestFilesOfEnvironments(t *testing.T) {
	dev := twinFiles()["dev.env"]
	for _, c := range []struct {
		name, check string
		files       map[string]string
		change      func(*Settings)
		outcome     evidence.Outcome
		reason      string
	}{
		{"healthy", namesID, nil, nil, pass, "same"},
		{"healthy", valuesID, nil, nil, pass, "right"},
		{"healthy", readsID, nil, nil, pass, "agree"},

		{"a name is missing", namesID, map[string]string{"prod.env": "TWIN_SECRET=b\n"}, nil, fail, "missing"},
		{"a name is missing in dev", namesID, map[string]string{"dev.env": "TWIN_SECRET=a\n"}, nil, fail, "missing"},
		{"declared to be of one", namesID, map[string]string{"dev.env": dev + "SEED=1\n"}, func(s *Settings) { s.Only = map[string]string{"SEED": "dev"} }, pass, "same"},
		{"and it strayed", namesID, map[string]string{"prod.env": twinFiles()["prod.env"] + "SEED=1\n", "dev.env": dev + "SEED=1\n"}, func(s *Settings) { s.Only = map[string]string{"SEED": "dev"} }, fail, "stray"},
		{"and its own lacks it", namesID, map[string]string{"prod.env": twinFiles()["prod.env"] + "SEED=1\n"}, func(s *Settings) { s.Only = map[string]string{"SEED": "dev"} }, fail, "stray"},
		{"a name of the settings alone", namesID, nil, func(s *Settings) { s.MayBeEmpty = []string{"TWIN_LIMITS"} }, unproven, "unknown"},
		{"one environment", namesID, nil, func(s *Settings) { s.Environments = s.Environments[:1] }, unproven, "nothing"},
		{"two files of one environment", namesID, map[string]string{"prod.env": "TWIN_SECRET=b\n", "more.env": "export TWIN_LIMIT='10' # ten\n"},
			func(s *Settings) { s.Environments[1].Files = []string{"prod.env", "more.env"} }, pass, "same"},
		{"compose and Kubernetes", namesID, map[string]string{
			"compose.yaml": "services:\n  api:\n    environment: {TWIN_SECRET: a, TWIN_LIMIT: 10}\n  other:\n    environment: {STRANGE: 1}\n",
			"k8s.yaml":     "kind: ConfigMap\nmetadata: {name: c}\ndata: {TWIN_LIMIT: \"10\"}\n---\nkind: Secret\nmetadata: {name: s}\ndata: {TWIN_SECRET: eA==}\n"},
			func(s *Settings) {
				s.Environments = []Environment{{"dev", []string{"compose.yaml#api"}}, {"prod", []string{"k8s.yaml"}}}
			}, pass, "same"},

		{"one secret for both", valuesID, map[string]string{"prod.env": dev}, nil, fail, "same"},
		{"secrets live elsewhere", valuesID, map[string]string{"dev.env": "TWIN_SECRET=\nTWIN_LIMIT=10\n", "prod.env": "TWIN_SECRET=${VAULT}\nTWIN_LIMIT=10\n"}, nil, pass, "right"},
		{"a limit differs", valuesID, map[string]string{"prod.env": "TWIN_SECRET=b\nTWIN_LIMIT=11\n"}, nil, fail, "differs"},
		{"a limit is empty", valuesID, map[string]string{"prod.env": "TWIN_SECRET=b\nTWIN_LIMIT=\n"}, nil, fail, "empty"},
		{"nothing to compare", valuesID, map[string]string{"dev.env": "TWIN_SECRET=\nTWIN_LIMIT=${A}\n", "prod.env": "TWIN_SECRET=\nTWIN_LIMIT=${B}\n"}, nil, unproven, "nothing"},
		{"a limit cannot be compared", valuesID, map[string]string{"prod.env": "TWIN_SECRET=b\nTWIN_LIMIT=${L}\n"}, nil, unproven, "uncompared"},

		{"read and undeclared", readsID, map[string]string{"main.js": twinFiles()["main.js"] + "process.env.MORE;"}, nil, fail, "undeclared"},
		{"declared and unread", readsID, map[string]string{"main.js": "process.env.TWIN_LIMIT;"}, nil, fail, "unread"},
		{"read by another", readsID, map[string]string{"main.js": "process.env.TWIN_LIMIT;"}, func(s *Settings) { s.ReadElsewhere = map[string]string{"TWIN_SECRET": "a script"} }, pass, "agree"},
		{"of a library", readsID, map[string]string{"main.js": twinFiles()["main.js"] + "process.env.NODE_ENV; process.env.HOME;", "dev.env": dev + "NODE_OPTIONS=-x\n"}, nil, pass, "agree"},
		{"not written there", readsID, map[string]string{"main.js": twinFiles()["main.js"] + "use(process.env[name]);"}, nil, unproven, "dynamic"},
		{"no source", readsID, map[string]string{"main.js": ""}, nil, unproven, "nothing"},
		{"broken source", readsID, map[string]string{"x.go": "package"}, func(s *Settings) { s.Sources = append(s.Sources, "x.go") }, unproven, "unreadable"},
	} {
		s := twinSettings()
		if c.change != nil {
			c.change(&s)
		}
		wants(t, c.name, c.check, newBench(t, s, edited(c.files)), c.outcome, c.reason)
	}
}

// What is no fault stays green, what is one is found, value by value.
func TestValuesOneByOne(t *testing.T) {
	for _, c := range []struct{ name, dev, prod, want string }{
		{"an address to listen at", "127.0.0.1", "127.0.0.1", ""},
		{"a top-level domain", "http://localhost:1", "https://gastos.dev", ""},
		{"a host that begins alike", "http://localhost:1", "https://devices.example", ""},
		{"its own machine", "http://localhost:1", "http://localhost:2", "points_back"},
		{"its own machine, by number", "http://a.example", "postgres://u@127.0.0.1/x", "points_back"},
		{"its own machine, version 6", "http://a.example", "http://[::1]:80", "points_back"},
		{"a host of dev", "http://x.example", "https://db-dev.example.com", "points_back"},
		{"another number", "10", "20", ""},
		{"a fraction", "1", "0.5", ""},
		{"a switch", "true", "off", ""},
		{"a word for a number", "10", "ten", "shape"},
		{"a word for a URL", "http://localhost", "gastos.example", "shape"},
		{"a number for a switch", "true", "1", "shape"},
		{"words", "debug", "info", ""},
		{"two words for one", "a b", "c", ""},
		{"empty", "x", "", "empty"},
	} {
		got := compare(&Settings{}, "NAME", []place{{name: "dev", values: map[string]value{"NAME": {c.dev, true}}}, {name: "prod", values: map[string]value{"NAME": {c.prod, true}}}})
		if v := got.Verdict(); v != c.want {
			t.Errorf("%s: %q, want %q: %+v", c.name, v, c.want, got)
		}
	}
	sidecar := compare(&Settings{Local: []string{"NAME"}}, "NAME", []place{{name: "dev", values: map[string]value{"NAME": {"http://localhost:1", true}}}, {name: "prod", values: map[string]value{"NAME": {"http://localhost:2", true}}}})
	if v := sidecar.Verdict(); v != "" {
		t.Errorf("a sidecar is %q", v)
	}
}

// No value that may be secret leaves the room.
func TestValuesAreNotShown(t *testing.T) {
	s := twinSettings()
	s.MustEqual = []string{"TWIN_LIMIT"}
	b := newBench(t, s, map[string]string{"dev.env": "TWIN_SECRET=hunter2-of-dev\nTWIN_LIMIT=10\nOTHER=hunter2-too\n", "prod.env": "TWIN_SECRET=hunter2-of-prod\nTWIN_LIMIT=10\nOTHER=hunter2-three\n"})
	for _, id := range []string{namesID, valuesID} {
		if raw, f := tried(t, id, b); f.Outcome != pass || strings.Contains(string(raw), "hunter2") || id == valuesID && !strings.Contains(string(raw), `"shown":["10","10"]`) {
			t.Errorf("%v %s", f, raw)
		}
	}
	b = newBench(t, s, map[string]string{"dev.env": "TWIN_SECRET=\"hunter2", "prod.env": ""})
	check, _ := evidence.Find([]evidence.Gate{Gate()}, namesID)
	if _, err := check.Run(t.Context(), b); err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("%v", err)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"missing": os.Remove,
		"a pipe":  func(path string) error { _ = os.Remove(path); return syscall.Mkfifo(path, 0o600) },
		"a folder": func(path string) error {
			_ = os.Remove(path)
			return os.Mkdir(path, 0o700)
		},
		"too large": func(path string) error { return os.Truncate(path, mostFile+1) },
	} {
		b := newBench(t, twinSettings(), twinFiles())
		if err := spoil(b.Config.Folder + "/prod.env"); err != nil {
			t.Fatal(err)
		}
		check, _ := evidence.Find([]evidence.Gate{Gate()}, namesID)
		if _, err := check.Run(t.Context(), b); err == nil || !strings.HasPrefix(err.Error(), "parity: environment prod: prod.env: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"JWT_SECRET", "JWT_SECRETS", true}, {"JWT_SECRET", "JWTSECRET", true}, {"CONNECTION", "CONECTION", true}, {"PORTS", "SORTS", true},
		{"DB_HOST", "DB_USER", false}, {"A", "B", false}, {"HTTP_PORT", "HTTPS_PORT", true}, {"READ_TIMEOUT", "HEADER_TIMEOUT", false},
	} {
		if got := alike(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: %v", c.a, c.b, got)
		}
	}
}

func TestSettingsRefuse(t *testing.T) {
	for want, change := range map[string]func(*Settings){
		"twice":              func(s *Settings) { s.Environments[1].Name = "dev" },
		"at least one file":  func(s *Settings) { s.Environments[0].Files = nil },
		"no name of":         func(s *Settings) { s.Only = map[string]string{"A": "staging"} },
		"not the name of":    func(s *Settings) { s.Secret = []string{"A B"} },
		"in must_equal":      func(s *Settings) { s.MustEqual = s.MustDiffer },
		"a secret differs":   func(s *Settings) { s.MustDiffer, s.MustEqual = nil, []string{"TWIN_SECRET"} },
		"GET /path":          func(s *Settings) { s.Expect.KeepAlive = "POST /x" },
		"POST /path":         func(s *Settings) { s.Expect.BodyRequest = "GET /x" },
		"body_limit":         func(s *Settings) { s.Expect.BodyLimit = mostLimit + 1 },
		"this machine's own": func(s *Settings) { s.Expect.TrustProxy.Trusted = "10.0.0.1" },
		"address are the same": func(s *Settings) {
			s.Expect.TrustProxy.Trusted, s.Expect.TrustProxy.Untrusted = "127.0.0.1", "127.0.0.1"
		},
	} {
		s := twinSettings()
		change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
