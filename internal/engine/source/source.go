// Package source names the source that is judged: its commit, whether anything
// was changed since, and one digest over every file that git tracks or would
// track. It asks git and reads files. It does not know what the files mean.
package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// State is the source in one folder. Commit is empty outside of git.
type State struct {
	Commit string
	Dirty  bool   // tracked files changed or untracked ones present
	Digest string // hex SHA-256 over names and contents
}

const timeout = 60 * time.Second

// Read names the source under folder; files under the excluded paths (relative
// to folder, such as the reports that an audit itself writes) are left out.
// A folder outside of git has the zero State and is no error.
func Read(ctx context.Context, folder string, excluded ...string) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	commit, err := git(ctx, folder, "rev-parse", "HEAD")
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) || errors.Is(err, exec.ErrNotFound) {
			return State{}, nil
		}
		return State{}, err
	}
	paths := []string{"--", "."}
	for _, e := range excluded {
		if filepath.IsLocal(e) {
			paths = append(paths, ":(exclude)"+filepath.ToSlash(e))
		}
	}
	status, err := git(ctx, folder, append([]string{"status", "--porcelain", "-z"}, paths...)...)
	if err != nil {
		return State{}, err
	}
	files, err := git(ctx, folder, append([]string{"ls-files", "-z", "--cached", "--others", "--exclude-standard"}, paths...)...)
	if err != nil {
		return State{}, err
	}
	digest, err := digestOf(folder, bytes.Split(files, []byte{0}))
	return State{Commit: strings.TrimSpace(string(commit)), Dirty: len(status) > 0, Digest: digest}, err
}

func git(ctx context.Context, folder string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "LC_ALL=C")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("source: git %s: %w", args[0], err)
	}
	return out, nil
}

// digestOf hashes "name NUL kind NUL content-digest" of each file in order of
// name. A tracked file that is gone counts as gone; a link counts as its target.
func digestOf(folder string, names [][]byte) (string, error) {
	slices.SortFunc(names, bytes.Compare)
	names = slices.CompactFunc(names, bytes.Equal)
	all := sha256.New()
	for _, raw := range names {
		if len(raw) == 0 {
			continue
		}
		name := string(raw)
		kind, sum, err := contentOf(filepath.Join(folder, name))
		if err != nil {
			return "", fmt.Errorf("source: %s: %w", name, err)
		}
		fmt.Fprintf(all, "%s\x00%s\x00%s\x00", name, kind, sum)
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

func contentOf(path string) (kind, sum string, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "gone", "", nil
	case err != nil:
		return "", "", err
	case info.Mode()&os.ModeSymlink != 0:
		target, err := os.Readlink(path)
		return "link", target, err
	case !info.Mode().IsRegular():
		return "other", "", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return "file", hex.EncodeToString(h.Sum(nil)), err
}
