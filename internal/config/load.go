package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"listo/internal/evidence"
)

// maxFilled bounds what the variables of one file may fill in all, in bytes.
const maxFilled = 4 << 20

// Load reads listo.yaml at path. lookup is the process environment; variables
// are looked up there first and then in the env files. gates bring the types of
// their sections and the names of all limits.
//
// The file is read strictly, in three stages, and each tells all that is wrong:
// is it YAML, has it the right keys and types, does it make sense. Every error
// is an *Error. A gate's section may have a method Validate() error; it is
// called when the section is written, must accept zero values (a variable may be
// unset) and must not quote values (one may be a secret).
func Load(path string, lookup func(string) (string, bool), gates []evidence.Gate) (*Config, error) {
	src, err := readRegular(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, whole(path, "no such file: name it with --config, or write one with listo init")
	case err != nil:
		return nil, whole(path, "cannot be read: %s", why(err))
	}
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, whole(path, "its folder is not known: %v", err)
	}
	c := &Config{Folder: folder, Source: src, Sections: map[string]any{}, Unset: map[string]string{}, Environment: map[string]string{}}
	text := oneBreak(withoutMark(src))
	d := newDecoder(path, text, lookup, c.Unset)
	d.least = "write at least version, name and service, or run listo init"
	root := d.parse([]byte(text))
	if root != nil {
		if err := d.config(root, c, gates); err != nil {
			return nil, whole(path, "%v", err)
		}
	}
	if len(d.problems) == 0 {
		d.validate(c, gates)
	}
	if err := d.refusal(); err != nil {
		return nil, err
	}
	return c, nil
}

// refusal is everything that is wrong, in the order of the file; nil when nothing is.
func (d *decoder) refusal() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Error{Problems: d.problems, More: d.more}
}

// withoutMark drops the byte order mark that some editors put first.
func withoutMark(src []byte) []byte {
	return bytes.TrimPrefix(src, []byte("\ufeff"))
}

// oneBreak writes every line break that YAML knows as a line feed, so that its
// lines and ours are the same.
func oneBreak(src []byte) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(string(src))
}

func newDecoder(file, text string, lookup func(string) (string, bool), unset map[string]string) *decoder {
	return &decoder{
		file: file, lines: strings.Split(text, "\n"), lookup: lookup, room: maxFilled,
		places: map[string]*yaml.Node{}, unset: unset, used: map[string][]string{},
	}
}

// config decodes the root. The env files come first: all other values may use
// what stands in them. Its error is a defect in listo, not in the file.
func (d *decoder) config(root *yaml.Node, c *Config, gates []evidence.Gate) error {
	all, err := rootFields(c, gates)
	if err != nil {
		return err
	}
	for _, f := range all {
		if err := f.setDefault(); err != nil {
			return err
		}
	}
	if !d.wants(target{path: "listo.yaml", value: reflect.ValueOf(c).Elem()}, root, yaml.MappingNode) {
		return nil
	}
	pairs, known := d.pairs("", root, keysOf(all))
	isEnvFiles := func(p pair) bool { return p.key.Value == "env_files" }
	if i := slices.IndexFunc(pairs, isEnvFiles); i >= 0 {
		d.assign("", pairs[i:i+1], all, false)
		d.readEnvFiles(c)
	}
	d.assign("", slices.DeleteFunc(pairs, isEnvFiles), all, known)
	return nil
}

// readEnvFiles reads the env files in order, later ones over earlier ones, and
// lets the lookup fall back on them.
func (d *decoder) readEnvFiles(c *Config) {
	for i, name := range c.EnvFiles {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(c.Folder, path)
		}
		at := fmt.Sprintf("env_files[%d]", i)
		src, err := readRegular(path)
		if errors.Is(err, fs.ErrNotExist) {
			c.MissingEnvFiles = append(c.MissingEnvFiles, name)
			continue
		}
		if err != nil {
			d.report(d.place(at), at, "cannot be read: %s", why(err))
			continue
		}
		values, err := ParseEnv(name, src)
		if err != nil {
			d.report(d.place(at), at, "%v", err)
			continue
		}
		for key, value := range values {
			c.Environment[key] = value
		}
	}
	process := d.lookup
	d.lookup = func(name string) (string, bool) {
		if value, ok := process(name); ok {
			return value, true
		}
		value, ok := c.Environment[name]
		return value, ok
	}
}
