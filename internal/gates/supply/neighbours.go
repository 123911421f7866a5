package supply

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"listo/internal/engine/lockfile"
	"listo/internal/lab"
	"listo/internal/lab/checkout"
	"listo/internal/lab/command"
)

// neighbours gives the folders of the same repository from which a Go part takes modules ("replace x => ../x"), and the top of the
// repository. Such a module has no sum in go.sum and needs none: the commit that holds the part holds it too. Only the replacements
// of the part itself count (go.dev/ref/mod#go-mod-file-replace).
func neighbours(ctx context.Context, b *lab.Bench, p part) (top string, folders []string, err error) {
	targets, err := replacements(p.folder)
	if err != nil || len(targets) == 0 {
		return "", nil, err
	}
	result, err := command.Run(ctx, b.Recorder, command.Command{
		Args: []string{"git", "--no-pager", "rev-parse", "--show-toplevel"}, Dir: p.folder,
		Env: map[string]string{"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}, Quiet: true, // the path names the machine's folders
	})
	if err != nil {
		return "", nil, err
	}
	if result.Exit != 0 {
		return "", nil, fmt.Errorf("supply: git rev-parse: %s: audit inside the clone of the repository", command.FirstLine(result.Stderr))
	}
	top = strings.TrimSpace(string(result.Stdout))
	for _, target := range targets {
		folder, err := filepath.EvalSymlinks(filepath.Join(p.folder, filepath.FromSlash(target)))
		if err != nil {
			continue // a folder that is not there: go says it better
		}
		rel, err := filepath.Rel(top, folder)
		if err != nil || !filepath.IsLocal(rel) {
			continue
		}
		tracked, err := checkout.Tracked(ctx, b.Recorder, folder)
		if err != nil {
			return top, nil, err
		}
		if slices.Contains(tracked, "go.mod") {
			folders = append(folders, folder)
		}
	}
	return top, folders, nil
}

// replacements lists the folders that a go.mod puts in a module's place; none for what is no Go module.
func replacements(folder string) ([]string, error) {
	if !exists(folder, "go.mod") {
		return nil, nil
	}
	src, err := read(folder, "go.mod")
	if err != nil {
		return nil, err
	}
	file, err := modfile.Parse("go.mod", src, nil)
	if err != nil {
		return nil, nil //nolint:nilerr // lockfile.ParseGo tells it with its line, as a finding
	}
	var all []string
	for _, r := range file.Replace {
		if r.New.Version == "" && !filepath.IsAbs(r.New.Path) {
			all = append(all, r.New.Path)
		}
	}
	return all, nil
}

// ofTheRepository drops the problems that are none: modules taken from a folder of the same commit.
func ofTheRepository(p part, folders []string, problems []lockfile.Problem) []lockfile.Problem {
	return slices.DeleteFunc(problems, func(problem lockfile.Problem) bool {
		if problem.Kind != lockfile.LocalReplace {
			return false
		}
		folder, err := filepath.EvalSymlinks(filepath.Join(p.folder, filepath.FromSlash(problem.Detail)))
		return err == nil && slices.Contains(folders, folder)
	})
}

// onlyLocal tells whether go mod verify complains of nothing but modules taken from a folder. It does when such a module's path has
// no dot in its first element: it looks for a download that cannot be (cmd/go, verifyMod).
func onlyLocal(stderr []byte, lock *lockfile.Go) bool {
	complaints := 0
	for line := range strings.Lines(string(stderr)) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		complaints++
		if !slices.ContainsFunc(lock.Packages, func(p lockfile.Package) bool {
			return p.Local() && strings.HasPrefix(line, p.Path+" "+p.Version+": missing ziphash:")
		}) {
			return false
		}
	}
	return complaints > 0
}

// place is where a folder of the repository lies in a copy of it.
func place(top, folder, room string) (string, error) {
	real, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return "", fmt.Errorf("supply: %w", err)
	}
	rel, err := filepath.Rel(top, real)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("supply: %s lies outside its repository: audit inside the clone", filepath.Base(folder))
	}
	return filepath.Join(room, rel), os.MkdirAll(filepath.Join(room, rel), 0o755)
}
