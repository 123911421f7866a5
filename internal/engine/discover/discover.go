// Package discover reads what a repository says about the service in it: how it
// is built and started, which database it wants, how people log in, where its
// frontend lies.
//
// It knows the conventions of package.json, go.mod, OpenAPI, docker compose,
// Dockerfiles, dotenv files and seven migration tools. It only reads files, runs
// nothing, and never takes a value from a dotenv file, only names. It does not
// know what its findings are used for: each one says from which file it comes, so
// that a person can check it. A file that cannot be read is a warning; the rest
// of the repository is read all the same.
package discover

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Text is something found, with the place that says so ("package.json:
// scripts.start"). The zero Text was not found.
type Text struct{ Value, From string }

// Found tells whether there is a value.
func (t Text) Found() bool { return t.Value != "" }

// Warning is a file or folder that was left out, and why. Why never quotes the
// content.
type Warning struct{ File, Why string }

// String gives "file: why".
func (w Warning) String() string { return fmt.Sprintf("%q: %s", w.File, w.Why) }

// Repository is what was found. Paths are relative to its folder, with slashes.
type Repository struct {
	// Programs are the ways to run a service, the likeliest first.
	Programs []Program
	// Document is the OpenAPI document nearest to the root; nil when there is none.
	Document *Document
	// Compose is the docker compose file nearest to the root; nil when there is none.
	Compose *Compose
	// Image is the Dockerfile nearest to the root; nil when there is none.
	Image *Image
	// EnvFiles are the dotenv files beside the likeliest program and at the root.
	EnvFiles []EnvFile
	// Migrations are folders of schema changes.
	Migrations []Migrations
	// Frontends are folders with a built frontend, the likeliest first.
	Frontends []Text
	// Ignored are the folders that .gitignore at the root names, without slashes.
	Ignored  []string
	Warnings []Warning
}

// Read looks through the files of a repository: an *os.Root's FS, so that no
// link leads out of it. It reads a bounded number of files of bounded size and
// stops when ctx ends, which is its only error.
func Read(ctx context.Context, files fs.FS) (*Repository, error) {
	r := &Repository{}
	t, err := walk(ctx, files, maxEntries, func(file, why string) { r.Warnings = append(r.Warnings, Warning{file, why}) })
	if err != nil {
		return nil, err
	}
	packages, modules := t.packages(), t.modules()
	r.Image = first(t.images())
	r.Compose = first(t.composes())
	r.Document = first(t.documents())
	r.Migrations = t.migrations(modules)
	r.Programs = programs(packages, modules, r.Image)
	r.EnvFiles = t.envFiles(r.directory())
	r.Frontends = t.frontends(packages)
	r.Ignored = t.ignored()
	return r, ctx.Err()
}

func (r *Repository) directory() string {
	if len(r.Programs) == 0 {
		return "."
	}
	return r.Programs[0].Directory
}

// Variables gives every variable that a dotenv or compose file names, each with
// the first file that does, sorted.
func (r *Repository) Variables() []Text {
	var all []Text
	add := func(names []string, from string) {
		for _, name := range names {
			if !slices.ContainsFunc(all, func(t Text) bool { return t.Value == name }) {
				all = append(all, Text{name, from})
			}
		}
	}
	for _, e := range r.EnvFiles {
		add(e.Names, e.File)
	}
	if r.Compose != nil {
		for _, s := range r.Compose.Services {
			add(s.Environment, r.Compose.File)
		}
	}
	slices.SortFunc(all, func(a, b Text) int { return strings.Compare(a.Value, b.Value) })
	return all
}

func first[T any](all []*T) *T {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// within tells whether a path lies in a directory; everything lies in ".".
func within(name, directory string) bool {
	return directory == "." || name == directory || strings.HasPrefix(name, directory+"/")
}

// depth counts the folders above a file.
func depth(name string) int { return strings.Count(path.Clean(name), "/") }
