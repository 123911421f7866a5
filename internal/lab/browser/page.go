package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"listo/internal/engine/shell"
	"listo/internal/lab"
)

// world is the name of listo's own JavaScript world in each document, binding
// that of the function by which it tells.
const (
	world   = "listo"
	binding = "listoIsTold"
)

// listener runs in listo's world before any script of a document.
//
//go:embed listener.js
var listener string

// The pauses between two looks at a page, and of the network before a page
// counts as being at rest.
const (
	lookEvery = 50 * time.Millisecond
	restFor   = 300 * time.Millisecond
)

// Found is what looking for elements came to.
type Found struct {
	Count int `json:"count"` // visible ones
	// TookMS is how long it took until there were any, or until the looking ended.
	TookMS float64 `json:"took_ms"`
	// Looks counts how often was looked, LongestGapMS the longest time between two
	// looks: a browser without a processor to run on looks seldom.
	Looks        int     `json:"looks"`
	LongestGapMS float64 `json:"longest_gap_ms"`
}

// Visit opens a path of the target and records it as a step. It waits until the
// document begins, not until the page is complete: what must be there, Await
// waits for. A page that does not begin within the time, or at all, is no error;
// nobody at the target's address is one.
func (br *Browser) Visit(ctx context.Context, path string, within time.Duration) (begun bool, err error) {
	touch := br.bench.Touch("browser", pictureOf(path))
	defer func() { touch.End(0, err) }()
	ctx, cancel := br.within(ctx, within)
	defer cancel()
	answer, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: br.bench.Target.Base + path})
	switch {
	case br.tab.Err() != nil:
		return false, br.explain("Page.navigate", err)
	case errors.Is(err, context.DeadlineExceeded):
		return false, nil
	case err != nil:
		return false, br.explain("Page.navigate", err)
	case answer.ErrorText != "" && !strings.HasPrefix(answer.ErrorText, "net::ERR_CONNECTION_"):
		return false, nil // somebody answered, and not with a page: that stands among the requests
	case answer.ErrorText != "":
		return false, lab.Unreachable{What: "browser: " + path, Err: errors.New(answer.ErrorText)}
	}
	return true, nil
}

// pictureOf is the line that shows by hand what a path looks like.
func pictureOf(path string) string {
	words := []shell.Word{shell.Lit("chromium"), shell.Lit("--headless")}
	if os.Geteuid() == 0 {
		words = append(words, shell.Lit("--no-sandbox"))
	}
	return shell.Line(append(words, shell.Lit("--window-size="+pixels(Width)+","+pixels(Height)),
		shell.Lit("--screenshot=page.png"), shell.Text(shell.Var("BASE"), path))...)
}

// within bounds a call to the tab by time and by the caller's own context.
func (br *Browser) within(ctx context.Context, d time.Duration) (context.Context, func()) {
	bound, cancel := context.WithTimeout(br.tab, d)
	stop := context.AfterFunc(ctx, cancel)
	return bound, func() { stop(); cancel() }
}

// Await looks until an element that the CSS selector names is visible, with the
// text in it when there is one, and records that as a step. None within the time
// is no error.
func (br *Browser) Await(ctx context.Context, selector, text string, within time.Duration) (f Found, err error) {
	touch := br.bench.Touch("browser", "# in that page, wait for "+selector+withText(text))
	defer func() { touch.End(0, err) }()
	return br.await(ctx, selector, text, within)
}

func (br *Browser) await(ctx context.Context, selector, text string, within time.Duration) (f Found, err error) {
	began := time.Now()
	for last := began; ; {
		if f.Count, err = br.count(ctx, selector, text); err != nil {
			return f, err
		}
		now := time.Now()
		f.Looks++
		f.LongestGapMS = max(f.LongestGapMS, lab.Milliseconds(now.Sub(last)))
		f.TookMS = lab.Milliseconds(now.Sub(began))
		if last = now; f.Count > 0 || now.Sub(began) > within {
			return f, nil
		}
		if err := pause(ctx, lookEvery); err != nil {
			return f, err
		}
	}
}

func withText(text string) string {
	if text == "" {
		return ""
	}
	return " with the text " + shell.Quote(text)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Rest waits until no request is open and none began or ended for a moment, at
// most so long: a page may keep one open for good.
func (br *Browser) Rest(ctx context.Context, atMost time.Duration) error {
	for until := time.Now().Add(atMost); time.Now().Before(until); {
		if since, pending := br.watch.quiet(); pending == 0 && since >= restFor {
			return nil
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
	return nil
}

// count gives how many visible elements there are now.
func (br *Browser) count(ctx context.Context, selector, text string) (n int, err error) {
	return n, br.ask(ctx, fmt.Sprintf("listoCounts(%s, %s)", literal(selector), literal(text)), &n)
}

// literal writes a text as a JavaScript literal.
func literal(s string) string {
	b, _ := json.Marshal(s) // a text always has JSON, which is JavaScript
	return string(b)
}

// ask evaluates an expression in listo's world of the main frame. A document that
// is just going away answers nothing, and leaves the answer as it is.
func (br *Browser) ask(ctx context.Context, expression string, answer any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	id, crashed := br.watch.worldOf(string(chromedp.FromContext(br.tab).Target.TargetID))
	switch {
	case crashed:
		return errors.New("browser: the page crashed the browser's tab")
	case id == "":
		return nil
	}
	bound, cancel := br.within(ctx, callTimeout)
	defer cancel()
	yes := true
	result, err := chromedp.Call(bound, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, UniqueContextID: id, ReturnByValue: &yes})
	switch now, _ := br.watch.worldOf(string(chromedp.FromContext(br.tab).Target.TargetID)); {
	case err != nil && now != id:
		return nil
	case err != nil:
		return br.explain("Runtime.evaluate", err)
	case result.ExceptionDetails != nil:
		return fmt.Errorf("browser: %s: %s", expression, firstLine(fromException(&runtime.EventExceptionThrown{ExceptionDetails: result.ExceptionDetails}).Text))
	}
	return json.Unmarshal(result.Result.Value, answer)
}
