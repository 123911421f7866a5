package parity

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"listo/internal/config"
	"listo/internal/engine/environ"
	"listo/internal/lab"
)

const mostFile = 1 << 20 // bytes of a file with variables

// value is what an environment's files say of one name.
type value struct {
	text  string
	known bool // the value stands in the file
}

// place is one environment as its files describe it.
type place struct {
	name   string
	files  []string
	values map[string]value
}

// placesOf reads the files of all environments.
func placesOf(b *lab.Bench) ([]place, error) {
	var all []place
	for _, e := range settings(b).Environments {
		p := place{e.Name, e.Files, map[string]value{}}
		for _, file := range e.Files {
			values, err := valuesIn(b, file)
			if err != nil {
				return nil, fmt.Errorf("parity: environment %s: %s: %w", e.Name, file, err)
			}
			maps.Copy(p.values, values)
		}
		all = append(all, p)
	}
	return all, nil
}

// valuesIn reads one file by what its name says it is.
func valuesIn(b *lab.Bench, file string) (map[string]value, error) {
	name, of, _ := strings.Cut(file, "#")
	src, err := contents(path(b, name))
	if err != nil {
		return nil, err
	}
	values := map[string]value{}
	if ext := filepath.Ext(name); ext == ".yaml" || ext == ".yml" {
		all, err := environ.Deployment(src, of)
		for _, v := range all {
			values[v.Name] = value{v.Value, v.Known}
		}
		return values, err
	}
	all, err := config.ParseEnv(name, src)
	if problem := (*config.EnvError)(nil); errors.As(err, &problem) {
		return nil, fmt.Errorf("line %d, column %d: %s", problem.Line, problem.Column, problem.Message)
	}
	for key, text := range all {
		values[key] = value{text, !strings.HasPrefix(text, "${")}
	}
	return values, err
}

func contents(name string) ([]byte, error) {
	info, err := os.Stat(name) // before opening: to open a pipe is to wait for its writer
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errors.New("there is no such file: write it, or correct parity.environments")
	case err != nil:
		return nil, errors.New("it cannot be read: give listo the right to")
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file: name one")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, errors.New("it cannot be read: give listo the right to")
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, mostFile+1))
	if err == nil && len(src) > mostFile {
		err = fmt.Errorf("larger than %d KiB: name the file with the variables", mostFile>>10)
	}
	return src, err
}

// union lists the names of all places, sorted.
func union(all []place) []string {
	names := map[string]bool{}
	for _, p := range all {
		for name := range p.values {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
