package runtimes

import (
	"fmt"
	"regexp"
	"strings"
)

// nodeNumber is a version in a .nvmrc or a tag of the node image: 26, v26.1,
// 26.1.0.
var nodeNumber = regexp.MustCompile(`^v?(\d{1,4})(\.\d{1,4}){0,2}$`)

// NodeFile reads what .nvmrc, .node-version, .tool-versions or the tag of a node
// image asks for: a number, lts/jod, or a name that means another version every
// few months (node, lts/*, latest), which floats. The range is one that Engines
// takes; it is "" for what floats.
func (n Node) NodeFile(text string) (ranged string, floats bool, err error) {
	word := strings.ToLower(strings.TrimSpace(text))
	switch word {
	case "node", "lts/*", "lts", "latest", "current", "stable", "--lts":
		return "", true, nil
	}
	if nodeNumber.MatchString(word) {
		return strings.TrimPrefix(word, "v"), false, nil
	}
	if name, lts := strings.CutPrefix(word, "lts/"); lts {
		for major, dates := range n.lines {
			if name != "" && strings.EqualFold(dates.Codename, name) {
				return fmt.Sprint(major), false, nil
			}
		}
	}
	return "", false, fmt.Errorf("runtimes: %.80q names no Node release: write a version such as 26.1.0", text)
}

// fromNode is a line of a Dockerfile that builds on the official node image.
var fromNode = regexp.MustCompile(`(?im)^\s*FROM\s+(?:--\S+\s+)*(?:docker\.io/)?(?:library/)?node(?::([^\s@]+))?(?:@\S+)?(?:\s|$)`)

// NodeImages gives the Node that a Dockerfile's base images promise: the tag's
// version without its variant (26.1-alpine: 26.1), "latest" where there is none.
func NodeImages(dockerfile []byte) []string {
	var all []string
	for _, m := range fromNode.FindAllStringSubmatch(string(dockerfile), -1) {
		tag, _, _ := strings.Cut(m[1], "-")
		if tag == "" {
			tag = "latest"
		}
		all = append(all, tag)
	}
	return all
}
