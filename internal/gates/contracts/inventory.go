package contracts

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"listo/internal/engine/routes"
	"listo/internal/lab"
)

// inventory is what the program itself tells of its routes.
type inventory struct {
	all       []routes.Route
	files     int
	framework string
	failure   string // why the hook told nothing
}

// inventoryOf reads the source and, of a Node service, asks the running program.
func inventoryOf(ctx context.Context, b *lab.Bench) (inventory, error) {
	var in inventory
	for _, folder := range settings(b).Sources {
		touch := b.Touch("file", "grep -rnE 'Handle(Func)?\\(|\"(GET|POST|PUT|PATCH|DELETE)\"|\"/' --include='*.go' "+folder)
		found, err := routes.Go(ctx, b.Config.Folder, path(b, folder))
		touch.Capture("routes", "text/plain", []byte(listed(found.Routes)), false)
		touch.End(0, err)
		if err != nil {
			return in, fmt.Errorf("contracts: sources %s: %w: name folders of the service's source", folder, err)
		}
		in.files += found.Files
		in.all = append(in.all, found.Routes...)
	}
	if node(b) && b.Start != nil {
		if err := in.hook(ctx, b); err != nil {
			in.failure = clean(err.Error(), 200)
		}
	}
	in.all = routes.Distinct(in.all)
	return in, ctx.Err()
}

func listed(all []routes.Route) string {
	var out strings.Builder
	for _, r := range all {
		fmt.Fprintf(&out, "%s %s %s registered=%v\n", cmpOr(r.Method, "*"), r.Path, r.Where, r.Registered)
	}
	return out.String()
}

// node tells whether the service is a Node program.
func node(b *lab.Bench) bool {
	_, err := os.Stat(filepath.Join(path(b, b.Config.Service.Directory), "package.json"))
	return err == nil
}

// hook starts a copy of the service with a program loaded before it that writes
// down what it registers, and stops it again.
func (in *inventory) hook(ctx context.Context, b *lab.Bench) error {
	folder, err := os.MkdirTemp(b.Scratch, "routes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program, out := filepath.Join(folder, "routes.cjs"), filepath.Join(folder, "routes.json")
	if err := os.WriteFile(program, routes.Hook, 0o600); err != nil {
		return err
	}
	_, stop, err := b.Start(ctx, lab.Variant{Environment: map[string]string{
		"NODE_OPTIONS": strings.TrimSpace(b.Config.Service.Environment["NODE_OPTIONS"] + " --require " + program), routes.HookVariable: out}})
	if err != nil {
		return err
	}
	if err := stop(); err != nil {
		return err
	}
	told, err := bounded(out)
	if err != nil {
		return err
	}
	touch := b.Touch("file", "NODE_OPTIONS='--require routes.cjs' # the routes that Express was told")
	touch.Capture("routes", "application/json", told, true)
	touch.End(0, nil)
	found, err := routes.ReadHook(told)
	if err != nil {
		return err
	}
	in.framework = found.Framework
	in.all = append(in.all, found.Routes...)
	return nil
}

// mostTold bounds what the hook may write, in bytes: the service can write there too.
const mostTold = 4 << 20

// bounded reads what the hook wrote.
func bounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the hook wrote nothing: %w", err)
	}
	defer f.Close()
	told, err := io.ReadAll(io.LimitReader(f, mostTold+1))
	if err == nil && len(told) > mostTold {
		err = fmt.Errorf("the hook wrote more than %d bytes", mostTold)
	}
	return told, err
}

// wellKnown are paths that frameworks and their helpers open without being asked.
func wellKnown() []routes.Route {
	var all []routes.Route
	for _, p := range []string{
		"/debug/pprof", "/debug/pprof/", "/debug/vars", "/debug/requests", "/actuator", "/actuator/env", "/actuator/heapdump", "/metrics", "/_dump", "/api/_dump", "/api/debug", "/debug",
		"/swagger", "/swagger-ui", "/swagger.json", "/api-docs", "/v3/api-docs", "/docs", "/redoc", "/openapi.yaml", "/graphql", "/graphiql", "/admin", "/console",
		"/phpinfo.php", "/server-status", "/.env", "/.git/HEAD", "/.git/config", "/config.json", "/package.json", "/healthz", "/readyz", "/health", "/status", "/version", "/info",
	} {
		all = append(all, routes.Route{Method: "GET", Path: p, Where: "well-known"})
	}
	return all
}
