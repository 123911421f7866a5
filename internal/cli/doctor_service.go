package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"listo/internal/config"
	"listo/internal/evidence"
)

// readyTimeout bounds the one request to a running service.
const readyTimeout = 5 * time.Second

// service looks at the patient: what it would be started with, or the running
// one and its database.
func (x *examination) service(ctx context.Context) {
	if x.cfg.Service.Mode == config.Managed {
		x.directory()
		x.programs()
	} else {
		x.attachedService(ctx)
	}
	x.database(ctx)
}

func (x *examination) directory() {
	folder := x.inFolder(x.cfg.Service.Directory)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		x.broken("service.directory", facts{"folder": x.beside(x.cfg.Service.Directory)}, x.edit("service.directory"), x.checks(wantsPatient))
	}
}

// attachedService asks a running service once, and says beforehand what stays
// unproven without the person's word.
func (x *examination) attachedService(ctx context.Context) {
	if name := x.cfg.Name; x.app.flags.own == "" {
		x.cannot("service.unowned", facts{"name": name}, "listo audit"+x.app.sameFlags()+" --i-own-this-target "+quoted(name), x.checks(loading))
	}
	if x.cfg.Service.URL == "" {
		return // configuration says which variable was to name it
	}
	address := strings.TrimSuffix(x.cfg.Service.URL, "/") + x.cfg.Service.Ready
	f := facts{"url": address}
	blocks := x.checks(needs(evidence.NeedService))
	status, err := ask(ctx, address)
	f["status"] = status
	switch {
	case err != nil:
		f["detail"] = x.redact.CleanString(err.Error())
		x.broken("service.unreachable", f, "curl -i "+quoted(address), blocks)
	case x.cfg.Service.Ready == "":
		x.ok("service.answers", f)
	case status != http.StatusOK:
		x.broken("service.not_ready", f, "curl -i "+quoted(address), blocks)
	default:
		x.ok("service.ready", f)
	}
}

// ask sends one GET and gives the status.
func ask(ctx context.Context, address string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, errors.New("the URL cannot be read")
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, Proxy: nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	return resp.StatusCode, nil
}
