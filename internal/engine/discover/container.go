package discover

import (
	"encoding/json"
	"path"
	"regexp"
	"strings"
)

// Image is what the last stage of a Dockerfile says.
type Image struct {
	File  string
	Entry []string // ENTRYPOINT and CMD in their exec forms, one after the other
	Shell string   // CMD in its shell form
	Port  string   // the first EXPOSEd port
	// Ready is the path that HEALTHCHECK asks.
	Ready Text
}

// images reads every Dockerfile.
func (t *tree) images() []*Image {
	var all []*Image
	for _, file := range t.named("Dockerfile", "Containerfile") {
		if src, ok := t.read(file, maxFile); ok {
			all = append(all, parseImage(file, string(src)))
		}
	}
	return all
}

// continuation is a backslash at the end of a line.
var continuation = regexp.MustCompile(`\\[ \t]*\r?\n`)

func parseImage(file, src string) *Image {
	image := &Image{File: file}
	var entry, command []string
	for line := range strings.Lines(continuation.ReplaceAllString(src, " ")) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = strings.TrimSpace(rest)
		switch strings.ToUpper(word) {
		case "FROM":
			image, entry, command = &Image{File: file}, nil, nil
		case "ENTRYPOINT":
			entry, _ = execForm(rest)
		case "CMD":
			var ok bool
			if command, ok = execForm(rest); !ok {
				image.Shell = text(rest)
			}
		case "EXPOSE":
			if port := exposed.FindString(rest); image.Port == "" {
				image.Port = port
			}
		case "HEALTHCHECK":
			image.Ready = pathIn(rest, file+": HEALTHCHECK")
		}
	}
	image.Entry = append(entry, command...)
	return image
}

var exposed = regexp.MustCompile(`^\d{1,5}\b`)

// execForm reads ["program", "argument"].
func execForm(s string) ([]string, bool) {
	var all []string
	if json.Unmarshal([]byte(s), &all) != nil {
		return nil, false
	}
	for _, word := range all {
		if !printable(word) {
			return nil, true
		}
	}
	return all, true
}

var address = regexp.MustCompile(`https?://[^/\s"'\]]+(/[A-Za-z0-9._~/-]*)`)

// pathIn gives the path of the first URL in a health check's command.
func pathIn(command, from string) Text {
	if found := address.FindStringSubmatch(command); found != nil && found[1] != "/" {
		return Text{found[1], from}
	}
	return Text{}
}

// program gives the way to run what the image runs, here and without a container.
func (i *Image) program() (Program, bool) {
	line := i.Shell
	if len(i.Entry) > 0 {
		line = strings.Join(i.Entry, " ")
	}
	if line == "" || !plain.MatchString(line) {
		return Program{}, false
	}
	if i.Port != "" {
		line = regexp.MustCompile(`\b`+i.Port+`\b`).ReplaceAllString(line, "{port}")
	}
	return Program{Kind: Container, Name: Text{}, Directory: path.Dir(i.File), File: i.File,
		Start: Text{"exec " + line, i.File + ": CMD"}}, true
}

// plain is a command line in which the shell sees nothing special.
var plain = regexp.MustCompile(`^[A-Za-z0-9@%+=:,./_ -]+$`)

// arguments adds what the image hands to its binary, when the source did not
// tell it.
func (i *Image) arguments(start Text) Text {
	if len(i.Entry) < 2 || path.Base(i.Entry[0]) == "sh" || strings.Contains(strings.TrimPrefix(start.Value, "exec "), " ") {
		return start
	}
	rest := strings.Join(i.Entry[1:], " ")
	if !plain.MatchString(rest) {
		return start
	}
	return Text{start.Value + " " + rest, start.From + ", " + i.File + ": CMD"}
}
