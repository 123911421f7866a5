package harden

import (
	"bytes"
	"io"
	"math/bits"
	"net/http"
	"sync"
	"sync/atomic"
)

// memory lends room for bodies, in powers of two, up to a bound over all of them.
type memory struct {
	most int64
	used atomic.Int64
	free [33]sync.Pool // of *room, by the power
}

// room is one lent piece.
type room struct{ bytes []byte }

// A body begins in a small room and moves to one of twice the size as it comes: who announces much and sends little holds little.
const (
	leastRoom = 4 << 10
	firstRoom = 64 << 10
)

func newMemory(most int64) *memory { return &memory{most: most} }

// lend gives room for size bytes or more; nil when there is none.
func (m *memory) lend(size int64) *room {
	power := bits.Len64(uint64(max(size, leastRoom) - 1))
	if power >= len(m.free) {
		return nil
	}
	if m.used.Add(1<<power) > m.most {
		m.used.Add(-1 << power)
		return nil
	}
	if r, ok := m.free[power].Get().(*room); ok {
		return r
	}
	return &room{make([]byte, 1<<power)}
}

func (m *memory) back(r *room) {
	power := bits.Len64(uint64(len(r.bytes) - 1))
	m.used.Add(-1 << power)
	m.free[power].Put(r)
}

// heldBody is a body that was read whole. It may be read for as long as the request is served: a transport that still reads when the
// handler has returned gets an error, never the bytes of somebody else.
type heldBody struct {
	memory *memory
	room   *room
	data   []byte

	mu   sync.Mutex
	at   int
	gone bool
}

// grow makes room for more of a body of want bytes (0: unknown) that may have most; there is always room for one byte too many.
func (b *heldBody) grow(want, most int64) bool {
	size := int64(cap(b.data)) * 2
	if b.room == nil {
		size = min(max(want+1, leastRoom), firstRoom)
	}
	if want > 0 {
		size = min(size, want+1)
	}
	larger := b.memory.lend(min(size, most+1))
	if larger == nil {
		return false
	}
	n := copy(larger.bytes, b.data)
	if b.room != nil {
		b.memory.back(b.room)
	}
	b.room, b.data = larger, larger.bytes[:n]
	return true
}

// become makes b the body of r, with a length that is known and without trailers.
func (b *heldBody) become(r *http.Request) {
	r.ContentLength, r.TransferEncoding, r.Trailer = int64(len(b.data)), nil, nil
	delete(r.Header, "Trailer")
	if len(b.data) == 0 {
		r.Body, r.GetBody = http.NoBody, func() (io.ReadCloser, error) { return http.NoBody, nil }
		return
	}
	r.Body = b
	r.GetBody = func() (io.ReadCloser, error) { return b.again() }
}

// Read gives the next bytes.
func (b *heldBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gone {
		return 0, http.ErrBodyReadAfterClose
	}
	n := copy(p, b.data[b.at:])
	if b.at += n; b.at == len(b.data) {
		return n, io.EOF
	}
	return n, nil
}

// Close keeps the bytes for GetBody; they end with the request.
func (b *heldBody) Close() error { return nil }

// again gives a copy for a second try: it may outlive the request.
func (b *heldBody) again() (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gone {
		return nil, http.ErrBodyReadAfterClose
	}
	return io.NopCloser(bytes.NewReader(bytes.Clone(b.data))), nil
}

func (b *heldBody) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone, b.data = true, nil
	if b.room != nil {
		b.memory.back(b.room)
		b.room = nil
	}
}
