package cli

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/engine/source"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/service"
	"listo/internal/run"
	"listo/internal/words"
)

// subject is everything an audit is about, read once.
type subject struct {
	cfg    *config.Config
	bundle string
	lang   words.Lang
	state  source.State
}

// read loads listo.yaml and names the source.
func (a *App) read(ctx context.Context) (*subject, error) {
	cfg, err := config.Load(a.flags.config, a.Lookup, a.Gates)
	if err != nil {
		return nil, coded(exitConfig, err)
	}
	if a.flags.language != "" {
		cfg.Language = a.flags.language
	}
	lang, err := words.ParseLang(cfg.Language)
	if err != nil {
		return nil, coded(exitUsage, err)
	}
	s := &subject{cfg: cfg, lang: lang, bundle: a.flags.reports}
	if s.bundle == "" {
		s.bundle = filepath.Join(cfg.Folder, cfg.Reports)
	}
	excluded := cfg.Reports
	if given, err := filepath.Abs(s.bundle); err == nil {
		if rel, err := filepath.Rel(cfg.Folder, given); err == nil {
			excluded = rel
		}
	}
	if s.state, err = source.Read(ctx, cfg.Folder, cfg.Reports, excluded); err != nil {
		return nil, coded(exitConfig, err)
	}
	return s, nil
}

// about gives what a plan says beyond the configuration.
func (a *App) about(s *subject) (config.About, error) {
	id, err := a.runID()
	if err != nil {
		return config.About{}, err
	}
	about := config.About{Run: id, Made: a.Now().UTC(), Tool: a.Tool, Machine: machine(), Operator: operator(a.Lookup),
		Commit: s.state.Commit, Dirty: s.state.Dirty, Previous: previous(s.bundle)}
	if s.state.Digest != "" {
		about.Source = evidence.Digest("sha256:" + s.state.Digest)
	}
	if p := about.Previous; p != nil && (p.Commit != about.Commit || about.Commit == "") {
		p.SameCommit = 0
	}
	return about, nil
}

// runID names an audit by its moment and four random hex digits.
func (a *App) runID() (string, error) {
	var b [2]byte
	if _, err := io.ReadFull(a.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random numbers: %w", err)
	}
	return a.Now().UTC().Format("2006-01-02T1504Z") + "-" + hex.EncodeToString(b[:]), nil
}

// previous tells what the last audit in the folder came to; nil when there was
// none that ended.
func previous(bundle string) *evidence.Previous {
	src, err := os.ReadFile(filepath.Join(bundle, run.EvidenceFolder, run.LedgerFile))
	if err != nil {
		return nil
	}
	ledger, err := evidence.ReadLedger(src)
	if err != nil {
		return nil // a broken ledger is no history
	}
	closing, closed := ledger.Closed()
	plan, ok := ledger.Plan()
	if !closed || !ok {
		return nil
	}
	p := &evidence.Previous{Run: plan.Run, Commit: plan.Subject.Commit, Word: closing.Word, Head: ledger.Head,
		Checks: map[string]string{}, SameCommit: 1}
	if plan.Previous != nil {
		p.SameCommit += plan.Previous.SameCommit
	}
	for _, c := range closing.Checks {
		p.Checks[c.Check] = c.Outcome.String()
	}
	return p
}

// secrets gathers every value that must never reach the disk: what the gates
// name, the test users' password, and the passwords in database URLs.
func (a *App) secrets(cfg *config.Config) []redact.Secret {
	var all []redact.Secret
	add := func(name, value string) {
		if value != "" {
			all = append(all, redact.Secret{Name: name, Value: value})
		}
	}
	handed := service.Environment(cfg, a.Lookup)
	for _, section := range cfg.Sections {
		bearer, ok := section.(lab.Secretive)
		if !ok {
			continue
		}
		for _, name := range bearer.SecretNames() {
			add(name, handed[name])
			// What does not reach the service this time is no less secret.
			add(name, cfg.Environment[name])
			value, _ := a.Lookup(name)
			add(name, value)
		}
	}
	add("login.password", cfg.Login.Password)
	for name, raw := range map[string]string{"database.url": cfg.Database.URL, "database.admin_url": cfg.Database.AdminURL} {
		if u, err := url.Parse(raw); err == nil && u.User != nil {
			password, _ := u.User.Password()
			add(name, password)
		}
	}
	return all
}

// options makes the options of an audit.
func (a *App) options(s *subject, events func(run.Event)) (run.Options, error) {
	if a.flags.own != "" && a.flags.own != s.cfg.Name {
		return run.Options{}, coded(exitUsage, fmt.Errorf("--i-own-this-target: %q is not this target's name: it is %q", a.flags.own, s.cfg.Name))
	}
	if a.flags.blobCap < leastBlobCap {
		return run.Options{}, coded(exitUsage, fmt.Errorf("--blob-cap: %d is less than %d bytes, which shows nothing: choose more", a.flags.blobCap, leastBlobCap))
	}
	blobCap := a.flags.blobCap
	if blobCap == lab.BlobCap {
		blobCap = 0 // nobody asked for less: head and tail of longer ones are kept
	}
	return run.Options{Config: s.cfg, Gates: a.Gates, Bundle: s.bundle, Owned: a.flags.own != "", BlobCap: blobCap,
		Events: events, Now: a.Now, Rand: a.Rand, Secrets: a.secrets(s.cfg)}, nil
}

// operator is who runs listo, as far as the machine knows.
func operator(lookup func(string) (string, bool)) string {
	if name, ok := lookup("LISTO_OPERATOR"); ok && name != "" {
		return name
	}
	u, err := user.Current()
	if err != nil {
		return "uid " + strconv.Itoa(os.Getuid())
	}
	return u.Username
}

// machine describes where listo runs, without naming the host.
func machine() evidence.Machine {
	m := evidence.Machine{System: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU()}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		m.CPU = fieldOf(string(text), "model name")
	}
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		kib, _ := strconv.ParseInt(strings.TrimSuffix(fieldOf(string(text), "MemTotal"), " kB"), 10, 64)
		m.Memory = kib << 10
	}
	return m
}

func fieldOf(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// leastBlobCap is the fewest bytes at which an ordinary answer, with its headers, is kept.
const leastBlobCap = 1024
