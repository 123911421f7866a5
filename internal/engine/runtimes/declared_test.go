package runtimes

import (
	"strings"
	"testing"
)

func TestNodeFile(t *testing.T) {
	for text, want := range map[string]string{
		"26\n": "26", "v24.11.1": "24.11.1", "22.1": "22.1", "lts/jod": "22", "lts/Krypton": "24",
		"lts/*": "floats", "node": "floats", "latest": "floats", "Stable": "floats",
		"": "error", "lts/nobody": "error", "lts/": "error", "iojs": "error", "26 || 24": "error", "v26.x": "error",
	} {
		ranged, floats, err := node(t).NodeFile(text)
		got := ranged
		if floats {
			got = "floats"
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestNodeImages(t *testing.T) {
	const file = "FROM node:26.1-alpine AS build\nRUN x\n# FROM node:18\nfrom --platform=linux/amd64 docker.io/library/node@sha256:abc\nFROM nodejs/node:3\nFROM golang:1.26\nFROM node\n"
	if got := strings.Join(NodeImages([]byte(file)), " "); got != "26.1 latest latest" {
		t.Errorf("images: %s", got)
	}
}
