package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"listo/internal/engine/redact"
	"listo/internal/lab"
	"listo/internal/lab/http"
	"listo/internal/lab/service"
)

func (a *App) shell() *cobra.Command {
	cmd := a.configFlags(&cobra.Command{
		Use:   "shell [-- COMMAND ARGUMENTS...]",
		Short: "Start the service as an audit does, and open a shell to paste a report's lines into",
		Long: `Start the service of listo.yaml as an audit does, a managed one on its own clone
of the prepared database, and open a shell (or run COMMAND) in which the lines of
a report can be pasted: BASE, HOST, PORT, TOKEN, PASSWORD, DATABASE_URL and
DATABASE_ADMIN_URL are set, and ADMIN where {admin_port} stands for a port. When the shell ends the service is stopped and its clone dropped. Nothing
is judged and nothing is written down.

Exit codes: those of the shell or COMMAND; 78 when the service does not start.`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.openShell(cmd.Context(), args) },
	})
	return cmd
}

// openShell lays the ground of an audit, and hands it to a person instead.
func (a *App) openShell(ctx context.Context, command []string) (err error) {
	s, err := a.read(ctx)
	if err != nil {
		return err
	}
	claim, err := service.NewClaim()
	if err != nil {
		return coded(exitConfig, err)
	}
	defer func() { err = errors.Join(err, claim.Release()) }()
	blobs, err := lab.OpenBlobs(filepath.Join(claim.Folder, "blobs"))
	if err != nil {
		return coded(exitConfig, err)
	}
	r := lab.NewRecorder(blobs, redact.New(a.secrets(s.cfg)), a.Now)
	ground, err := service.Lay(ctx, s.cfg, claim, r)
	defer func() { err = errors.Join(err, ground.Clear()) }()
	if err != nil {
		return coded(exitConfig, err)
	}
	stay, err := ground.Open(ctx, "shell", r)
	defer func() { stay.Close(r) }()
	if err != nil {
		return coded(exitConfig, err)
	}
	bench := &lab.Bench{Config: s.cfg, Target: stay.Target, Recorder: r}
	tokens, err := http.On(bench).Tokens(ctx, 1)
	if err != nil {
		return coded(exitConfig, err)
	}
	password, err := json.Marshal(s.cfg.Login.Password)
	if err != nil {
		return coded(exitDefect, err)
	}
	base, err := url.Parse(stay.Target.Base)
	if err != nil {
		return coded(exitDefect, err)
	}
	return a.hand(ctx, command, []string{
		"BASE=" + stay.Target.Base,
		"HOST=" + base.Hostname(),
		"PORT=" + cmp.Or(base.Port(), map[string]string{"http": "80", "https": "443"}[base.Scheme]), // a bare socket is opened by them
		fmt.Sprintf("ADMIN=http://127.0.0.1:%d", stay.Target.AdminPort),
		"TOKEN=" + tokens[0].Value,
		"PASSWORD=" + strings.Trim(string(password), `"`), // as it stands in a JSON string
		"DATABASE_URL=" + stay.Target.DatabaseURL,
		"DATABASE_ADMIN_URL=" + stay.Target.AdminURL,
	})
}

// hand runs the command, or a shell, with these variables. An interrupt is the
// shell's business while it runs.
func (a *App) hand(ctx context.Context, command, variables []string) error {
	if len(command) == 0 {
		fmt.Fprintln(a.Err, "listo: BASE, HOST, PORT, TOKEN, PASSWORD, DATABASE_URL and DATABASE_ADMIN_URL are set; exit stops the service")
		command = []string{"/bin/sh"}
		if named, ok := a.Lookup("SHELL"); ok && named != "" {
			command = []string{named}
		}
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), variables...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.In, a.Out, a.Err
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	err := cmd.Run()
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		return verdictExit(exited.ExitCode())
	}
	if err != nil {
		return coded(exitUsage, fmt.Errorf("shell: %w", err))
	}
	return nil
}
