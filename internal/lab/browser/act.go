package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"listo/internal/engine/shell"
	"listo/internal/lab"
)

// Click waits for an element of the selector, clicks with the mouse on the first
// visible one and records it as a step. There being none within the time is no
// error: it was not done.
func (br *Browser) Click(ctx context.Context, selector string, within time.Duration) (f Found, done bool, err error) {
	touch := br.bench.Touch("browser", "# in that page, click "+selector)
	defer func() { touch.End(0, err) }()
	return br.click(ctx, selector, within)
}

func (br *Browser) click(ctx context.Context, selector string, within time.Duration) (f Found, done bool, err error) {
	if f, err = br.await(ctx, selector, "", within); err != nil || f.Count == 0 {
		return f, false, err
	}
	var at *struct{ X, Y float64 }
	if err := br.ask(ctx, fmt.Sprintf("listoPlaces(%s)", literal(selector)), &at); err != nil || at == nil {
		return f, false, err
	}
	bound, cancel := br.within(ctx, callTimeout)
	defer cancel()
	if err := chromedp.Do(bound, chromedp.MouseClickXY(at.X, at.Y)); err != nil {
		return f, false, br.explain("Input.dispatchMouseEvent", err)
	}
	return f, true, nil
}

// Fill waits for a field, clicks on it, types the text key by key and records it
// as a step, with shown in the place of the text, which may be secret. A field that
// is not there within the time, or does not hold what was typed, is no error: it
// was not done.
func (br *Browser) Fill(ctx context.Context, selector, text string, shown shell.Word, within time.Duration) (f Found, done bool, err error) {
	touch := br.bench.Touch("browser", "# in that page, type "+shown.String()+" into "+selector)
	defer func() { touch.End(0, err) }()
	if f, done, err = br.click(ctx, selector, within); err != nil || !done {
		return f, false, err
	}
	bound, cancel := br.within(ctx, callTimeout)
	defer cancel()
	if err := chromedp.Do(bound, chromedp.KeyEvent(text)); err != nil {
		return f, false, br.explain("Input.dispatchKeyEvent", err)
	}
	holds := -1
	if err := br.ask(ctx, fmt.Sprintf("listoHolds(%s)", literal(selector)), &holds); err != nil {
		return f, false, err
	}
	return f, holds >= utf8.RuneCountInString(text) && holds > 0, nil
}

// mostOfPicture is how large a picture may be, in bytes, before a smaller one is
// taken: evidence is committed.
const mostOfPicture = 24 << 10

// Picture keeps what the window shows as a WebP under the name, as a step.
func (br *Browser) Picture(ctx context.Context, name string) (err error) {
	touch := br.bench.Touch("browser", "# in that page, take a picture")
	defer func() { touch.End(0, err) }()
	quality := int64(60) // text stays legible, in a fifth of a PNG's bytes
	for scale := 1.0; ; scale /= 2 {
		bound, cancel := br.within(ctx, callTimeout)
		shot, err := chromedp.Call(bound, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatWebp, Quality: &quality, Clip: &page.Viewport{Width: Width, Height: Height, Scale: scale}})
		cancel()
		if err != nil {
			return br.explain("Page.captureScreenshot", err)
		}
		if len(shot.Data) <= mostOfPicture || scale < 0.2 {
			touch.Publish(name, "image/webp", shot.Data, true)
			return nil
		}
	}
}

// Tell gives what the browser has told so far and records that as a step.
func (br *Browser) Tell() Seen {
	seen := br.watch.snapshot()
	touch := br.bench.Touch("browser", "# in that page, the panels Network and Console of the developer tools")
	keep(touch, "network.json", seen.Requests)
	keep(touch, "console.json", seen.Messages)
	keep(touch, "violations.json", seen.Violations)
	touch.End(0, nil)
	return seen
}

func keep[T any](touch *lab.Touch, name string, all []T) {
	text := []byte("[]\n")
	if len(all) > 0 {
		text = lines(all)
	}
	touch.Capture(name, "application/json", text, true)
}

// lines writes a JSON array with one element per line, for human eyes.
func lines[T any](all []T) []byte {
	var out bytes.Buffer
	write := json.NewEncoder(&out)
	write.SetEscapeHTML(false)
	for i, one := range all {
		out.WriteString([]string{"[", ","}[min(i, 1)])
		_ = write.Encode(one) // strings and numbers always have JSON
	}
	return append(out.Bytes(), "]\n"...)
}
