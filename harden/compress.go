package harden

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	defaultLeast = 1 << 10
	// gzipLevel is nginx's default too. Answers are made on the fly: time counts for more than the last few per cent.
	gzipLevel = gzip.BestSpeed
	// zstdWindow is far below the 8 MiB that every client must allow (RFC 9659, section 3).
	zstdWindow = 128 << 10
)

// compressor compresses answers that clients take compressed. What it leaves alone passes as it is: what is short, coded
// already, a part of something, not text, sets a cookie, or comes from where secrets are mixed with what clients send.
type compressor struct {
	off     bool
	least   int
	secrets []string
	gzips   sync.Pool
	zstds   sync.Pool
	buffers sync.Pool
}

// encoder is what the two formats have in common.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

func newCompressor(c Compress) *compressor {
	k := &compressor{off: c.Off, least: c.Least, secrets: c.Secrets}
	if k.least <= 0 {
		k.least = defaultLeast
	}
	k.gzips.New = func() any {
		w, err := gzip.NewWriterLevel(io.Discard, gzipLevel)
		if err != nil {
			panic(err) // the level is a good one
		}
		return w
	}
	k.zstds.New = func() any {
		w, err := zstd.NewWriter(io.Discard, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(zstdWindow))
		if err != nil {
			panic(err) // the options are good ones
		}
		return w
	}
	k.buffers.New = func() any { return new([32 << 10]byte) }
	return k
}

func (k *compressor) wrap(next http.Handler) http.Handler {
	if k.off {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.ContainsFunc(k.secrets, func(prefix string) bool { return under(r.URL.Path, prefix) }) || len(r.Header["Upgrade"]) > 0 {
			next.ServeHTTP(w, r)
			return
		}
		wanted := acceptedCoding(r.Header, Of(r).API)
		if r.Method == http.MethodHead {
			wanted = uncoded // nothing to compress; the answer still says what it varies by
		}
		c := &compressing{passing: passing{w}, k: k, wanted: wanted}
		defer c.release()
		next.ServeHTTP(c, r)
		c.finish() // not after a panic: an answer that was cut must not look whole
	})
}

func (k *compressor) encoder(c coding) encoder {
	if c == zstandard {
		return k.zstds.Get().(*zstd.Encoder)
	}
	return k.gzips.Get().(*gzip.Writer)
}

// put takes an encoder back. It must not hold on to the answer that it wrote.
func (k *compressor) put(e encoder) {
	switch e := e.(type) {
	case *zstd.Encoder:
		e.Reset(nil)
		k.zstds.Put(e)
	case *gzip.Writer:
		e.Reset(io.Discard)
		k.gzips.Put(e)
	}
}

// vary adds Accept-Encoding to Vary: a cache must not hand one client's coding to another. It is added where the answer could
// have been coded, whether it was or not.
func varyEncoding(h http.Header) {
	for _, line := range h["Vary"] {
		for line != "" {
			var name string
			name, line, _ = strings.Cut(line, ",")
			if name = strings.TrimSpace(name); name == "*" || strings.EqualFold(name, "Accept-Encoding") {
				return
			}
		}
	}
	h.Add("Vary", "Accept-Encoding")
}

// weaken makes a strong validator a weak one: the coded bytes are others, their meaning is the same (RFC 9110, section 8.8.1).
// If-None-Match compares weakly, so that a browser's copy stays good without the application knowing of codings.
func weaken(h http.Header) {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		h.Set("ETag", "W/"+tag)
	}
}
