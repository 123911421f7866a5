// Package browser is the instrument that opens a page in a real Chromium, does
// there what a person does, and keeps what the browser says about it: requests,
// console, violations of the content security policy, pictures.
//
// Each browser has a profile of its own, empty and gone afterwards, and reaches
// no host but the target's: names do not resolve and no proxy is asked. What
// listo looks at in a page it looks at from a JavaScript world of its own, which
// the page can neither see nor disturb and which its policy does not bind.
//
// It does not know what a page should show, nor what a message means. It watches
// the tab with the frames of its process; a worker has a console of its own, which
// is not watched.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/audits"
	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"listo/internal/lab"
)

// Bounds of a browser's life: a starved machine needs seconds to start one.
const (
	startTimeout = 40 * time.Second
	callTimeout  = 20 * time.Second
)

// Width and Height are the size of the window, in CSS pixels.
const (
	Width  = 1280
	Height = 900
)

// Programs are the names under which Chromium is installed, in the order in
// which they are looked for.
func Programs() []string { return []string{"chromium", "chromium-browser", "google-chrome"} }

// Find gives the Chromium of this machine.
func Find() (string, error) {
	for _, name := range Programs() {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("browser: there is no Chromium on this machine: apt-get install chromium")
}

// Browser is a running Chromium with one tab.
type Browser struct {
	// Version is what it calls itself, e.g. "Chrome/140.0.7339.80".
	Version string

	bench   *lab.Bench
	tab     context.Context
	watch   *watch
	profile string
	cancel  func()
}

// Open starts a browser for the bench's target and records how. The page may
// call the further origins too, e.g. "http://127.0.0.1:8080"; all others are
// foreign and cannot be reached. It ends with Close, or with ctx.
func Open(ctx context.Context, b *lab.Bench, origins ...string) (*Browser, error) {
	program, err := Find()
	if err != nil {
		return nil, err
	}
	watch, err := newWatch(append([]string{b.Target.Base}, origins...))
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp(b.Scratch, "browser-")
	if err != nil {
		return nil, fmt.Errorf("browser: its profile: %w", err)
	}
	flags := flagsFor(watch.hosts, languageOf(b), os.Geteuid() == 0)
	touch := b.Touch("browser", replayOf(program, flags, "about:blank"))
	br := &Browser{bench: b, watch: watch, profile: profile}
	err = br.start(ctx, program, flags)
	if err == nil {
		err = br.prepare()
	}
	touch.End(0, err)
	if err != nil {
		br.Close()
		return nil, err
	}
	return br, nil
}

// start brings the program up. The browser lives as long as ctx, not as long as
// the time it may take to start.
func (br *Browser) start(ctx context.Context, program string, flags []flag) error {
	ctx, cancel := context.WithCancel(ctx)
	said := &tail{most: 4 << 10}
	alloc, cancelAlloc := chromedp.NewExecAllocator(ctx, br.options(program, flags, said)...)
	tab, cancelTab := chromedp.NewContext(alloc, chromedp.WithListener(br.watch.see),
		chromedp.WithErrorf(unheard), chromedp.WithLogf(unheard))
	br.tab, br.cancel = tab, func() { cancel(); cancelTab(); cancelAlloc() }
	late := time.AfterFunc(startTimeout, cancel)
	err := chromedp.Do(tab)
	switch {
	case !late.Stop():
		return fmt.Errorf("browser: it did not start within %v: %s", startTimeout, said.text())
	case err != nil && ctx.Err() == nil:
		return fmt.Errorf("browser: it does not start: %s", firstLine(err.Error()+" "+said.text()))
	}
	return err
}

// unheard takes the library's remarks, which concern nobody here: what fails
// comes back as an error.
func unheard(string, ...any) {}

// prepare makes the tab tell what it sees.
func (br *Browser) prepare() error {
	version, err := call(br, cdpbrowser.GetVersion, cdp.Empty{})
	if err != nil {
		return err
	}
	br.Version = version.Product
	if _, err := call(br, audits.Enable, cdp.Empty{}); err != nil {
		return err
	}
	if _, err := call(br, runtime.AddBinding, runtime.AddBindingParams{Name: binding, ExecutionContextName: world}); err != nil {
		return err
	}
	if _, err := call(br, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: Width, Height: Height, DeviceScaleFactor: 1}); err != nil {
		return err
	}
	_, err = call(br, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: listener, WorldName: world})
	return err
}

// Close ends the browser with all its processes and removes its profile. It may
// be called twice.
func (br *Browser) Close() {
	if br.cancel != nil {
		br.cancel()
		br.cancel = nil
	}
	for range 50 { // a dying process may still write into its profile
		if os.RemoveAll(br.profile) == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// call sends one command to the tab and waits for its answer, for a bounded time.
func call[P, R any](br *Browser, command cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(br.tab, callTimeout)
	defer cancel()
	answer, err := chromedp.Call(ctx, command, params)
	if err != nil {
		err = br.explain(command.Method, err)
	}
	return answer, err
}

// explain says whose fault a failed command is: a dead or deaf browser is not
// the page's.
func (br *Browser) explain(method string, err error) error {
	switch {
	case br.tab.Err() != nil:
		return fmt.Errorf("browser: it ended in the middle: %w", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("browser: %s: no answer within %v: give the machine more room", method, callTimeout)
	}
	return fmt.Errorf("browser: %s: %w", method, err)
}

// firstLine keeps an error to one line of bounded length.
func firstLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return s[:min(len(s), 600)]
}

// in gives where a file of the profile's folder lies.
func (br *Browser) in(name string) string { return filepath.Join(br.profile, name) }

func pixels(n int) string { return strconv.Itoa(n) }
