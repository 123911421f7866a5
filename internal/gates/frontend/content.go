package frontend

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	nethttp "net/http"
	"os"
	"strings"

	"listo/internal/engine/coding"
	"listo/internal/engine/manifest"
	"listo/internal/lab/http"
)

// content is what a recorded file holds.
type content struct {
	sha256 string
	// bytes are the file's own; nil when the file on the disk is not the recorded
	// one, so that only the digest can be compared.
	bytes []byte
	known bool
}

// contentOf reads a recorded file from the folder.
func contentOf(folder string, e manifest.Entry) content {
	c := content{sha256: e.SHA256}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return c
	}
	defer root.Close()
	f, err := root.Open(e.Path)
	if err != nil {
		return c
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, mostFile+1))
	if err == nil && hexOf(body) == e.SHA256 {
		c.bytes, c.known = body, true
	}
	return c
}

func hexOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// difference tells how an answer differs from the content, nil when it does not.
func (c content) difference(a http.Answer) *Difference {
	field := a.Header.Get("Content-Encoding")
	d := &Difference{Status: a.Status, Coding: quoted(field), Offset: -1}
	if a.Status != nethttp.StatusOK {
		d.Kind, d.Bytes = "status", int64(len(a.Body))
		return d
	}
	most := int64(mostFile)
	if c.known {
		most = int64(len(c.bytes))
	}
	body, err := coding.Decode(a.Body, field, most+1)
	d.Kind, d.Bytes = "body", int64(len(body))
	if err != nil && !a.TooBig {
		d.Kind = "coding"
		return d
	}
	if c.known {
		d.Offset = firstDifference(body, c.bytes)
	}
	if !a.TooBig && hexOf(body) == c.sha256 {
		return nil
	}
	return d
}

// firstDifference gives the offset of the first byte that differs; where one is
// the beginning of the other, that is the shorter one's length.
func firstDifference(x, y []byte) int64 {
	n := min(len(x), len(y))
	if bytes.Equal(x[:n], y[:n]) {
		return int64(n)
	}
	for i := range n {
		if x[i] != y[i] {
			return int64(i)
		}
	}
	return int64(n)
}

// quoted makes what a header says fit for an observation: text, and not too long.
func quoted(field string) string {
	return strings.ToValidUTF8(field[:min(len(field), 60)], "�")
}
