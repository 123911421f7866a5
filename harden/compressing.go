package harden

import (
	"bufio"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// compressing is one answer. Until there is enough of it to decide, it is held back; then it goes out coded or as it is.
type compressing struct {
	passing
	k       *compressor
	wanted  coding
	status  int // as the handler gave it; 0 is none yet
	decided bool
	held    []byte
	out     encoder // nil: as it is
}

// WriteHeader remembers the status. It is sent when it is known how the body goes out.
func (w *compressing) WriteHeader(status int) {
	switch {
	case w.decided:
		w.ResponseWriter.WriteHeader(status) // net/http says that it is superfluous
	case status < 200 && status != http.StatusSwitchingProtocols:
		w.ResponseWriter.WriteHeader(status)
	case w.status == 0:
		w.status = status
		if !w.eligible() || w.announced() >= 0 && w.announced() < w.k.least {
			_ = w.asItIs() // nothing is held yet
		}
	}
}

func (w *compressing) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.decided {
		if w.announced() < w.k.least && len(w.held)+len(b) < w.k.least {
			w.held = append(w.held, b...)
			return len(b), nil
		}
		if err := w.decide(b); err != nil {
			return 0, err
		}
	}
	if w.out != nil {
		return w.out.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

// ReadFrom lets a file that is not coded take its short way to the socket.
func (w *compressing) ReadFrom(r io.Reader) (n int64, err error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	buffer := w.k.buffers.Get().(*[32 << 10]byte)
	defer w.k.buffers.Put(buffer)
	for {
		if w.decided && w.out == nil {
			rest, err := io.Copy(w.ResponseWriter, r)
			return n + rest, err
		}
		got, readErr := r.Read(buffer[:])
		if got > 0 {
			wrote, err := w.Write(buffer[:got])
			n += int64(wrote)
			if err != nil {
				return n, err
			}
		}
		if readErr == io.EOF {
			return n, nil
		}
		if readErr != nil {
			return n, readErr
		}
	}
}

// FlushError sends what there is. Who flushes wants to be heard now: nothing is held back any longer.
func (w *compressing) FlushError() error {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if !w.decided {
		if err := w.decide(nil); err != nil {
			return err
		}
	}
	if w.out != nil {
		if err := w.out.Flush(); err != nil {
			return err
		}
	}
	return w.passing.FlushError()
}

// Flush implements http.Flusher.
func (w *compressing) Flush() { _ = w.FlushError() }

// Hijack implements http.Hijacker. Nothing of ours is written after it.
func (w *compressing) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := w.passing.Hijack()
	if err == nil {
		w.decided = true
	}
	return conn, rw, err
}

// eligible tells whether the answer may be coded, by its status and headers.
func (w *compressing) eligible() bool {
	h := w.Header()
	switch w.status {
	case http.StatusSwitchingProtocols, http.StatusNoContent, http.StatusResetContent, http.StatusPartialContent, http.StatusNotModified:
		return false
	}
	for _, name := range []string{"Content-Encoding", "Content-Range", "Set-Cookie", "Content-Digest", "Trailer"} {
		if len(h[name]) > 0 {
			return false
		}
	}
	media, set := h["Content-Type"]
	if set && (len(media) == 0 || !compressible(media[0])) || strings.Contains(strings.ToLower(h.Get("Cache-Control")), "no-transform") {
		return false
	}
	if w.announced() < 0 || w.announced() >= w.k.least {
		varyEncoding(h)
	}
	return w.wanted != uncoded
}

// announced is the length that the handler announced, -1 when it did not.
func (w *compressing) announced() int {
	length := w.Header()["Content-Length"]
	if len(length) == 0 {
		return -1
	}
	n, err := strconv.Atoi(length[0])
	if err != nil {
		return -1
	}
	return n
}

// decide chooses how the answer goes out and sends what was held. Next is what will be written then.
func (w *compressing) decide(next []byte) error {
	h := w.Header()
	if _, set := h["Content-Type"]; !set {
		sample := append(w.held[:len(w.held):len(w.held)], next[:min(len(next), 512)]...)
		if len(sample) == 0 {
			return w.asItIs() // nobody knows what it will be
		}
		h.Set("Content-Type", http.DetectContentType(sample)) // as net/http would: it must not guess from coded bytes
	}
	if !w.eligible() {
		return w.asItIs()
	}
	w.decided = true
	h.Del("Content-Length")
	h.Del("Accept-Ranges") // a range of the coded bytes is none of the file's
	h.Set("Content-Encoding", string(w.wanted))
	weaken(h)
	w.ResponseWriter.WriteHeader(w.status)
	w.out = w.k.encoder(w.wanted)
	w.out.Reset(w.ResponseWriter)
	if z, ok := w.out.(*gzip.Writer); ok {
		z.Comment = pad(w.held, next)
	}
	held := w.held
	w.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := w.out.Write(held)
	return err
}

// asItIs sends the header and what was held, uncoded.
func (w *compressing) asItIs() error {
	w.decided = true
	w.ResponseWriter.WriteHeader(w.status)
	held := w.held
	w.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := w.ResponseWriter.Write(held)
	return err
}

// finish ends the answer of a handler that returned.
func (w *compressing) finish() {
	switch {
	case !w.decided && w.status != 0:
		_ = w.asItIs() // it stayed short
	case w.out != nil:
		_ = w.out.Close()
	}
}

func (w *compressing) release() {
	if w.out != nil {
		w.k.put(w.out)
		w.out = nil
	}
}

// pad gives a comment of 1 to 32 bytes for gzip's header. Whoever can make a page repeat his guess beside a secret learns from
// the size whether he guessed right (BREACH). A length that depends on what was held and what is written with it hides
// differences of a few bytes, and asking again does not average it out. What is written later does not change it: this makes the
// attack dearer and no more, and paths that mix secrets with what clients send belong into Compress.Secrets.
func pad(held, next []byte) string {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(crc32.Checksum(held, table), table, next)
	return padding[:1+(sum^sum>>16)%uint32(len(padding))]
}

const padding = "................................"
