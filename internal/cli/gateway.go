package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"listo/gateway"
)

// gatewayRun are the flags of listo gateway.
type gatewayRun struct {
	config       string
	check, prove bool
}

func (a *App) gateway() *cobra.Command {
	var f gatewayRun
	cmd := &cobra.Command{
		Use:   "gateway",
		Short: "Stand before a service and cure what can be cured from outside",
		Long: `Serve a hardening reverse proxy before a service: security headers on every answer,
CORS closed to exact origins, limits of rate, size and time, one JSON for every error,
an access log, metrics and health on an address of their own. The service's own bytes
are not changed.

SIGHUP reads the configuration and the certificates again; with an error the old ones
stay. SIGTERM ends without dropping a request. The access log goes to standard output,
what the gateway says of itself to standard error; both are lines of JSON.

Exit codes: 0 stopped, or --check found nothing wrong; 64 usage, 70 it could not serve,
78 the configuration, before any socket is opened.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runGateway(cmd.Context(), f) },
	}
	cmd.Flags().StringVarP(&f.config, "config", "c", "gateway.yaml", "configuration file")
	cmd.Flags().BoolVar(&f.check, "check", false, "read the configuration, say what is wrong with it and end")
	cmd.Flags().BoolVar(&f.prove, "prove", false, "attack itself on the loopback first, and serve only if nothing comes through")
	cmd.AddCommand(a.gatewayInit())
	return cmd
}

func (a *App) runGateway(ctx context.Context, f gatewayRun) error {
	c, err := gateway.Load(f.config, a.Lookup)
	if err != nil {
		return coded(exitConfig, fmt.Errorf("gateway: the configuration was refused:\n%w", err))
	}
	s, err := gateway.New(c, gateway.Options{AccessLog: jsonLog(a.Out), Log: jsonLog(a.Err), Now: a.Now})
	if err != nil {
		return coded(exitConfig, err)
	}
	if f.check {
		fmt.Fprintf(a.Err, "listo: gateway: nothing is wrong with %s\n", f.config)
		return nil
	}
	if f.prove {
		if err := a.prove(ctx, c); err != nil {
			return coded(exitDefect, err)
		}
	}
	if err := s.Listen(); err != nil {
		return coded(exitDefect, fmt.Errorf("gateway: %w", err))
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve() }()
	a.notice("READY at %s, admin at %s", s.Addr(), s.AdminAddr())
	return coded(exitDefect, errors.Join(a.obey(ctx, s, f.config, signals), <-ended))
}

// notice is a line of the gateway's own log: whoever collects logs finds one form in it.
func (a *App) notice(format string, args ...any) {
	jsonLog(a.Err).Info(fmt.Sprintf(format, args...))
}

func jsonLog(to io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(to, nil)) }

// obey does what signals ask for until one asks to stop.
func (a *App) obey(ctx context.Context, s *gateway.Server, file string, signals <-chan os.Signal) error {
	for {
		select {
		case <-ctx.Done():
			return s.Stop()
		case sig := <-signals:
			if sig != syscall.SIGHUP {
				a.notice("stopping")
				return s.Stop()
			}
			a.reload(s, file)
		}
	}
}

// reload takes the configuration anew, or says why the old one stays.
func (a *App) reload(s *gateway.Server, file string) {
	c, err := gateway.Load(file, a.Lookup)
	if err == nil {
		err = s.Reload(c)
	}
	if err != nil {
		jsonLog(a.Err).Error("the old configuration stays, the new one was refused", "error", err.Error())
		return
	}
	a.notice("reloaded")
}
