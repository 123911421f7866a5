package pgserver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// templateFormat changes when the way a template is made changes.
const templateFormat = "1"

// initdbArgs make the data directory. Locale C keeps the log in English and the
// order of text the same on each machine. Nobody can log in with trust: the
// server reads our own access rules, not those of initdb.
func initdbArgs(data string) []string {
	return []string{"-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"}
}

// provision fills the data directory and hands the work directory over: from
// the cached template when there is a sound one, else with initdb, after which
// the cache has one.
func provision(ctx context.Context, b Binaries, w *workdir) error {
	pack := templatePath(b)
	if pack != "" {
		err := unpackTemplate(ctx, pack, w.data(), w.account)
		if err == nil {
			return w.handOver()
		}
		if !errors.Is(err, errNoTemplate) {
			return err
		}
	}
	if err := w.handOver(); err != nil {
		return err
	}
	if err := run(ctx, w.command(b.Initdb, initdbArgs(w.data())...)); err != nil {
		return fmt.Errorf("make a data directory as user %s: %w", w.account.name, err)
	}
	if pack == "" {
		return nil
	}
	// initdb leaves 16 MB of write-ahead log; a fresh one is a page.
	if err := run(ctx, w.command(b.ResetWAL, "-D", w.data())); err != nil {
		return err
	}
	_ = storeTemplate(ctx, w, pack) // the cache saves time, no more: this server has its data
	return nil
}

// templatePath is where the packed template of an installation lies, "" when
// this user has no directory for it. The name starts with the installation's
// directory and ends with what determines the content, both as digests, so that
// an upgraded PostgreSQL gets a new template and the old one can be found.
func templatePath(b Binaries) string {
	dir, err := cacheDir()
	if err != nil {
		return ""
	}
	content := strings.Join(append(initdbArgs(""), templateFormat, b.build), "\n")
	return filepath.Join(dir, fmt.Sprintf("%.6x-%.6x.zip", sha256.Sum256([]byte(b.Dir)), sha256.Sum256([]byte(content))))
}

// cacheDir makes the cache's directory. One that others could write is not
// used: they would choose what our server runs.
func cacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(base, "listo", "pgserver")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	owner := int(info.Sys().(*syscall.Stat_t).Uid)
	if !info.IsDir() || owner != os.Geteuid() || info.Mode().Perm()&0o022 != 0 {
		return "", fmt.Errorf("%s is not private", dir)
	}
	return dir, nil
}

// storeTemplate packs the data directory beside its final name and renames it:
// others see all of it or nothing, and of several first users one wins.
func storeTemplate(ctx context.Context, w *workdir, pack string) error {
	f, err := os.CreateTemp(filepath.Dir(pack), filepath.Base(pack)+".new")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := lock(f); err != nil {
		return err
	}
	err = writePack(ctx, f, w)
	if err == nil {
		err = os.Rename(f.Name(), pack)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	prune(pack)
	return nil
}

// prune removes the other packs of the same installation: those of earlier
// versions, and halves whose writer died (a living writer holds a lock). Who is
// reading one goes on reading it.
func prune(pack string) {
	installation, _, _ := strings.Cut(filepath.Base(pack), "-")
	others, _ := filepath.Glob(filepath.Join(filepath.Dir(pack), installation+"-*")) // hex digits: well-formed
	for _, other := range others {
		if other == pack {
			continue
		}
		f, err := os.Open(other)
		if err != nil {
			continue
		}
		if lock(f) == nil {
			_ = os.Remove(other) // another start may have been faster
		}
		f.Close()
	}
}
