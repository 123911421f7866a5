package browser

import (
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/chromedp/chromedp"

	"listo/internal/engine/shell"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// flag is one switch of the command line; an empty value is a bare one.
type flag struct{ name, value string }

// flagsFor gives the switches of a browser that may reach these hosts and does
// nothing of its own accord.
func flagsFor(hosts []string, language string, root bool) []flag {
	rules := "MAP * ~NOTFOUND"
	for _, host := range hosts {
		rules += ", EXCLUDE " + host
	}
	flags := []flag{
		{"headless", ""}, {"window-size", pixels(Width) + "," + pixels(Height)}, {"hide-scrollbars", ""}, {"mute-audio", ""},
		{"force-color-profile", "srgb"}, {"disable-gpu", ""}, {"disable-dev-shm-usage", ""},
		// Nothing leaves this machine: no other name resolves, no number either.
		{"host-resolver-rules", rules}, {"no-proxy-server", ""}, {"disable-quic", ""},
		// Nothing is asked for that the page does not ask for.
		{"disable-background-networking", ""}, {"disable-component-update", ""}, {"disable-sync", ""}, {"disable-domain-reliability", ""},
		{"no-first-run", ""}, {"no-default-browser-check", ""}, {"disable-default-apps", ""}, {"disable-extensions", ""}, {"no-pings", ""},
		{"disable-client-side-phishing-detection", ""}, {"disable-breakpad", ""}, {"disable-crash-reporter", ""}, {"metrics-recording-only", ""},
		{"disable-features", "Translate,OptimizationHints,MediaRouter,AutofillServerCommunication,CertificateTransparencyComponentUpdater"},
		{"password-store", "basic"}, {"use-mock-keychain", ""},
		// A tab nobody looks at must not be slowed down.
		{"disable-background-timer-throttling", ""}, {"disable-backgrounding-occluded-windows", ""}, {"disable-renderer-backgrounding", ""},
	}
	if language != "" {
		flags = append(flags, flag{"lang", language})
	}
	if root {
		flags = append(flags, flag{"no-sandbox", ""}) // Chromium has none for root and refuses to start
	}
	return flags
}

// languageOf gives the language that a person who reads the reports would have
// set in the browser.
func languageOf(b *lab.Bench) string {
	if b.Config == nil {
		return ""
	}
	return b.Config.Language
}

// options gives the same to the library.
func (br *Browser) options(program string, flags []flag, said *tail) []chromedp.ExecAllocatorOption {
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.NoInheritEnv, chromedp.ModifyCmdFunc(br.own), chromedp.CombinedOutput(said),
		chromedp.Flag("user-data-dir", br.in("profile")), chromedp.Flag("no-sandbox", false),
	}
	for _, f := range flags {
		if f.value == "" {
			options = append(options, chromedp.Flag(f.name, true))
		} else {
			options = append(options, chromedp.Flag(f.name, f.value))
		}
	}
	return options
}

// own gives the process a group and a home of its own and the mark of the audit.
func (br *Browser) own(cmd *exec.Cmd) {
	cmd.Env = command.Environ(map[string]string{
		lab.ClaimVariable: br.bench.Scratch, "HOME": br.profile, "TMPDIR": ".", // short: the path of a socket in it may have 107 bytes
		"XDG_CONFIG_HOME": br.in("config"), "XDG_CACHE_HOME": br.in("cache"),
	})
	cmd.Dir = br.profile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// tail keeps the first bytes of what the browser prints about itself.
type tail struct {
	mu   sync.Mutex
	kept []byte
	most int
}

// Write takes everything and keeps what there is room for.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p[:min(len(p), t.most-len(t.kept))]...)
	return len(p), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return firstLine(string(t.kept))
}

// replayOf is the line that starts such a browser by hand, with that person's
// profile.
func replayOf(program string, flags []flag, url string) string {
	words := []shell.Word{shell.Lit(filepath.Base(program))}
	for _, f := range flags {
		if f.value == "" {
			words = append(words, shell.Lit("--"+f.name))
		} else {
			words = append(words, shell.Lit("--"+f.name+"="+f.value))
		}
	}
	return shell.Line(append(words, shell.Lit(url))...)
}
