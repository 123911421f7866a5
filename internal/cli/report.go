package cli

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
)

func (a *App) report() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "report [FOLDER]",
		Short: "Make the pages of a bundle again, in either language, into another folder",
		Args:  cobra.MaximumNArgs(1),
		RunE:  func(_ *cobra.Command, args []string) error { return a.renderAgain(args, out) },
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "folder to write to (never the bundle itself: its pages are under the seal)")
	cmd.Flags().StringVar(&a.flags.language, "language", "", "es or en")
	_ = cmd.MarkFlagRequired("output") // it fails for an unknown flag only
	return cmd
}

func (a *App) renderAgain(args []string, out string) error {
	b, err := a.openBundle(args)
	if err != nil {
		return err
	}
	if same(b.folder, out) {
		return coded(exitUsage, fmt.Errorf("report: %s is the bundle itself: choose another folder", out))
	}
	pages, err := b.view.Pages()
	if err != nil {
		return coded(exitDefect, err)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return coded(exitConfig, fmt.Errorf("report: %w", err))
	}
	for _, file := range slices.Sorted(maps.Keys(pages)) {
		path := filepath.Join(out, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return coded(exitConfig, fmt.Errorf("report: %w", err))
		}
		if err := os.WriteFile(path, pages[file], 0o644); err != nil {
			return coded(exitConfig, fmt.Errorf("report: %w", err))
		}
		fmt.Fprintln(a.Out, path)
	}
	return nil
}

func same(x, y string) bool {
	ix, errX := os.Stat(x)
	iy, errY := os.Stat(y)
	return errX == nil && errY == nil && os.SameFile(ix, iy)
}
