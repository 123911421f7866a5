package manifest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"unicode/utf8"
)

// MaxFile is the longest manifest file that is read, in bytes.
const MaxFile = 16 << 20

// linkMark begins the line of a symbolic link. It is a comment to sha256sum,
// which would follow the link.
const linkMark = "# link "

// linkArrow stands between a link and what it says, as ls -l writes it. Neither
// can hold it unescaped: see escape.
const linkArrow = " -> "

// Write writes the manifest as sha256sum would: the digest, two spaces, the
// path; a path with a backslash or a line break is escaped and its line begins
// with a backslash. A link is a comment line.
func Write(w io.Writer, m Manifest) error {
	out := bufio.NewWriter(w)
	for _, e := range m {
		if e.Link != "" {
			fmt.Fprintf(out, "%s%s%s%s\n", linkMark, escapeLink(e.Path), linkArrow, escapeLink(e.Link))
			continue
		}
		mark := ""
		if escape(e.Path) != e.Path {
			mark = `\`
		}
		fmt.Fprintf(out, "%s%s  %s\n", mark, e.SHA256, escape(e.Path))
	}
	return out.Flush()
}

// Load reads a manifest from its file.
func Load(file string) (Manifest, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("manifest: it cannot be opened: %w", bare(err))
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("manifest: it cannot be read: %w", bare(err))
	}
	if len(src) > MaxFile {
		return nil, fmt.Errorf("manifest: longer than %d bytes: it lists more than a frontend has: give a narrower folder", MaxFile)
	}
	return Parse(src)
}

// Parse reads what Write or sha256sum wrote, in any order: with the text or the
// binary marker, with LF or CRLF, with "./" before the paths. Other comments and
// empty lines mean nothing. Its errors name the line.
func Parse(src []byte) (Manifest, error) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if !utf8.Valid(src) {
		return nil, errors.New("manifest: not UTF-8 text: write it with listo init or sha256sum, not through a shell that changes the encoding")
	}
	m, seen := Manifest{}, map[string]int{}
	n := 0
	for line := range strings.Lines(string(src)) {
		n++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" || (line[0] == '#' && !strings.HasPrefix(line, linkMark)) {
			continue
		}
		e, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("manifest: line %d: %w", n, err)
		}
		if first, twice := seen[e.Path]; twice {
			return nil, fmt.Errorf("manifest: line %d: %q stands in line %d already: delete one", n, e.Path, first)
		}
		seen[e.Path] = n
		m = append(m, e)
	}
	m.sort()
	return m, nil
}

func parseLine(line string) (Entry, error) {
	if rest, ok := strings.CutPrefix(line, linkMark); ok {
		return parseLink(rest)
	}
	name, escaped := strings.CutPrefix(line, `\`)
	const digits = 64
	if len(name) < digits+3 || !isHex(name[:digits]) || name[digits] != ' ' || (name[digits+1] != ' ' && name[digits+1] != '*') {
		return Entry{}, errors.New("wants 64 hex digits, two spaces and a path, as sha256sum writes them")
	}
	e := Entry{SHA256: strings.ToLower(name[:digits])}
	var err error
	if e.Path, err = cleanPath(name[digits+2:], escaped); err != nil {
		return Entry{}, err
	}
	return e, nil
}

func parseLink(rest string) (Entry, error) {
	name, link, ok := strings.Cut(rest, linkArrow)
	if !ok || link == "" {
		return Entry{}, errors.New("a link wants its path, an arrow -> and what it says")
	}
	clean, err := cleanPath(name, true)
	if err != nil {
		return Entry{}, err
	}
	if link, ok = unescape(link); !ok {
		return Entry{}, errBackslash
	}
	return Entry{Path: clean, Link: link}, nil
}

// cleanPath gives the path without "./" before it. A path that leaves the folder
// is refused: a manifest speaks of one folder.
func cleanPath(name string, escaped bool) (string, error) {
	if escaped {
		var ok bool
		if name, ok = unescape(name); !ok {
			return "", errBackslash
		}
	}
	clean := path.Clean(name)
	if name == "" || clean == "." || !local(clean) || strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("%q is not a path inside the folder: run sha256sum in the folder itself", name)
	}
	return clean, nil
}

var errBackslash = errors.New(`a backslash stands before none of \, n, r, g: write it twice`)

func isHex(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F') {
			return false
		}
	}
	return true
}

// escape writes the three characters that sha256sum (coreutils 9) escapes.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`).Replace(s)
}

// escapeLink escapes ">" too, so that the arrow stands nowhere else.
func escapeLink(s string) string { return strings.ReplaceAll(escape(s), ">", `\g`) }

func unescape(s string) (string, bool) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out.WriteByte(s[i])
			continue
		}
		if i++; i == len(s) {
			return "", false
		}
		plain, ok := map[byte]byte{'\\': '\\', 'n': '\n', 'r': '\r', 'g': '>'}[s[i]]
		if !ok {
			return "", false
		}
		out.WriteByte(plain)
	}
	return out.String(), true
}
