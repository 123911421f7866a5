package frontend

import (
	"context"
	"strings"
	"time"

	"listo/internal/engine/shell"
	"listo/internal/lab"
	"listo/internal/lab/browser"
)

// atRest bounds how long is waited, once all is done, for complaints that come late.
const atRest = 3 * time.Second

// visitor does in a browser what the settings say, and notes what became of it.
type visitor struct {
	b    *lab.Bench
	br   *browser.Browser
	seen *Browsed
}

func runBrowsed(ctx context.Context, b *lab.Bench) (Browsed, error) {
	set := settings(b)
	br, err := browser.Open(ctx, b, set.Browser.Origins...)
	if err != nil {
		return Browsed{}, err
	}
	defer br.Close()
	o := Browsed{Version: br.Version}
	v := visitor{b, br, &o}
	if err := v.all(ctx, set); err != nil {
		return Browsed{}, err
	}
	// A page that did not come so far may still show why.
	if err := br.Rest(ctx, atRest); err != nil {
		return Browsed{}, err
	}
	if err := br.Picture(ctx, listPicture); err != nil {
		return Browsed{}, err
	}
	o.read(br.Tell())
	return o, nil
}

// all does everything in order until something is not done. The acts after that
// stand in the observation as not done.
func (v *visitor) all(ctx context.Context, set *Settings) error {
	acts := set.Browser.Login
	v.seen.Acts = append(v.seen.Acts, Acted{What: actOpen, On: set.page()})
	for _, a := range acts {
		v.seen.Acts = append(v.seen.Acts, a.planned())
	}
	v.seen.Acts = append(v.seen.Acts, Acted{What: actRows, On: set.Browser.Rows})
	for i := range v.seen.Acts {
		v.b.Progress(i, len(v.seen.Acts))
		did, began := &v.seen.Acts[i], time.Now()
		var err error
		switch i {
		case 0:
			did.Done, err = v.open(ctx, did.On, acts[0])
		case len(acts) + 1:
			v.seen.Rows, err = v.await(ctx, did.On, "")
			did.Done = v.seen.Rows > 0
		default:
			did.Done, err = v.act(ctx, acts[i-1])
		}
		did.TookMS = lab.Milliseconds(time.Since(began))
		if err != nil || !did.Done {
			return err
		}
	}
	v.b.Progress(len(v.seen.Acts), len(v.seen.Acts))
	return nil
}

// planned gives an act as something still to be done.
func (a Act) planned() Acted {
	switch {
	case a.Fill != "":
		return Acted{What: actFill, On: a.Fill}
	case a.Click != "":
		return Acted{What: actClick, On: a.Click}
	}
	return Acted{What: actAwait, On: a.Await}
}

// open opens the page, waits for what is wanted first there and takes a picture.
func (v *visitor) open(ctx context.Context, path string, first Act) (bool, error) {
	begun, err := v.br.Visit(ctx, path, v.b.LimitDuration("shown"))
	if err != nil || !begun {
		return false, err
	}
	there, err := v.await(ctx, first.planned().On, "")
	if err != nil || there == 0 {
		return false, err
	}
	return true, v.br.Picture(ctx, loginPicture)
}

func (v *visitor) await(ctx context.Context, selector, text string) (int, error) {
	f, err := v.br.Await(ctx, selector, text, v.b.LimitDuration("shown"))
	v.looked(f)
	return f.Count, err
}

func (v *visitor) looked(f browser.Found) {
	v.seen.LongestGapMS = max(v.seen.LongestGapMS, f.LongestGapMS)
}

// act does one thing, once what it is done to is there.
func (v *visitor) act(ctx context.Context, a Act) (done bool, err error) {
	var f browser.Found
	switch within := v.b.LimitDuration("shown"); {
	case a.Fill != "":
		text, shown := v.typed(a.With)
		f, done, err = v.br.Fill(ctx, a.Fill, text, shown, within)
	case a.Click != "":
		f, done, err = v.br.Click(ctx, a.Click, within)
	default:
		f, err = v.br.Await(ctx, a.Await, a.Text, within)
		done = f.Count > 0
	}
	v.looked(f)
	return done, err
}

// typed fills in the test user, and gives the text as it may be shown too.
func (v *visitor) typed(with string) (text string, shown shell.Word) {
	login := v.b.Config.Login
	with = strings.ReplaceAll(with, "{user}", login.Users[0])
	var parts []any
	for i, piece := range strings.Split(with, "{password}") {
		if i > 0 {
			parts = append(parts, shell.Var("PASSWORD"))
		}
		parts = append(parts, piece)
	}
	return strings.ReplaceAll(with, "{password}", login.Password), shell.Text(parts...)
}
