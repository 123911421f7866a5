package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"listo/internal/evidence"
)

// Version is listo's own; a release build sets it with -ldflags.
var Version = "dev"

// thisTool names this listo by version and the revision it was built from.
func thisTool() evidence.Tool {
	t := evidence.Tool{Version: Version, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return t
	}
	dirty := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			t.Revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	t.Revision += dirty
	return t
}

func (a *App) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print listo's version and what it was built with",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.Out, "listo %s %s %s %s/%s, bundle format %d\n", a.Tool.Version, a.Tool.Revision, a.Tool.Go,
				runtime.GOOS, runtime.GOARCH, evidence.FormatVersion)
			return err
		},
	}
}
