//go:build disease

package disease

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

func framingBothEnds() Disease {
	return Disease{
		ID: "framing-both-ends", Check: "security.framing", Consequences: []string{},
		Summary: "a request that tells its end twice is taken for two requests",
		infect: fronted(func(head string, in *bufio.Reader) ([]byte, bool) {
			if len(field(head, "Content-Length")) == 0 || strings.Join(field(head, "Transfer-Encoding"), "") != "chunked" {
				return nil, false
			}
			return chunksOf(in, hexadecimal), true
		}),
	}
}

func framingCoding() Disease {
	return Disease{
		ID: "framing-coding-guessed", Check: "security.framing", Consequences: []string{},
		Summary: "whatever holds the word chunked is read as chunks",
		infect: fronted(func(head string, in *bufio.Reader) ([]byte, bool) {
			codings := strings.Join(field(head, "Transfer-Encoding"), ", ")
			if codings == "chunked" || !strings.Contains(codings, "chunked") {
				return nil, false
			}
			return chunksOf(in, hexadecimal), true
		}),
	}
}

func framingChunkSize() Disease {
	return Disease{
		ID: "framing-chunk-size-guessed", Check: "security.framing", Consequences: []string{},
		Summary: "of the size of a chunk the digits are read, and the rest is overlooked",
		infect: fronted(func(head string, in *bufio.Reader) ([]byte, bool) {
			if strings.Join(field(head, "Transfer-Encoding"), "") != "chunked" || len(field(head, "Content-Length")) > 0 {
				return nil, false
			}
			return chunksOf(in, func(text string) int {
				digits := strings.TrimLeft(text, "+-0x")
				end := strings.IndexFunc(digits, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", r) })
				if end >= 0 {
					digits = digits[:end]
				}
				return hexadecimal(digits)
			}), true
		}),
	}
}

func framingFirstLength() Disease {
	return Disease{
		ID: "framing-first-length", Check: "security.framing", Consequences: []string{},
		Summary: "of several lengths the first one counts",
		infect: fronted(func(head string, in *bufio.Reader) ([]byte, bool) {
			lengths := field(head, "Content-Length")
			if len(lengths) < 2 {
				return nil, false
			}
			n, err := strconv.Atoi(lengths[0])
			if err != nil {
				return nil, false
			}
			body := make([]byte, min(n, 1<<20))
			_, _ = io.ReadFull(in, body)
			return body, true
		}),
	}
}
