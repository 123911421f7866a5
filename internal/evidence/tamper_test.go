package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// sealedHead is what a seal holds of the whole, untouched chain.
func sealedHead(t testing.TB, src []byte) Digest {
	t.Helper()
	l, err := ReadLedger(src)
	if err != nil || l.Torn != 0 || len(l.Entries) != 52 {
		t.Fatalf("the untouched chain: %d lines, %d torn, %v", len(l.Entries), l.Torn, err)
	}
	return l.Head
}

// detected tells whether src shows itself to be another ledger than the sealed one.
func detected(src []byte, sealed Digest) bool {
	l, err := ReadLedger(src)
	return err != nil || l.Torn > 0 || l.Head != sealed
}

func TestEveryChangedByteIsDetected(t *testing.T) {
	src := chain(t)
	sealed := sealedHead(t, src)
	last := bytes.LastIndexByte(src[:len(src)-1], '\n') + 1
	for at, was := range src {
		now := was ^ 1<<(at%8)
		src[at] = now
		l, err := ReadLedger(src)
		switch {
		case at < last && !errors.Is(err, ErrBroken):
			t.Errorf("byte %d, %q now %q: %v", at, was, now, err)
		case err == nil && l.Torn == 0 && l.Head == sealed:
			t.Errorf("byte %d of the last line, %q now %q: not detected", at, was, now)
		case at == len(src)-1 && err == nil && l.Torn == 0:
			t.Errorf("the last line break now %q: no torn tail", now)
		}
		src[at] = was
	}
}

func TestEveryCutIsDetected(t *testing.T) {
	src := chain(t)
	sealed := sealedHead(t, src)
	for end := range src {
		l, err := ReadLedger(src[:end])
		if err != nil {
			t.Fatalf("cut at byte %d: a first part holds by itself, but: %v", end, err)
		}
		if torn := end - bytes.LastIndexByte(src[:end], '\n') - 1; l.Torn != torn {
			t.Errorf("cut at byte %d: %d bytes torn, want %d", end, l.Torn, torn)
		}
		if l.Head == sealed {
			t.Errorf("cut at byte %d: the head is still the sealed one", end)
		}
	}
}

func TestEveryMovedLineIsDetected(t *testing.T) {
	src := chain(t)
	sealed := sealedHead(t, src)
	lines := bytes.SplitAfter(src, []byte("\n"))
	lines = lines[:len(lines)-1]
	try := func(what string, i int, changed [][]byte) {
		t.Helper()
		if !detected(bytes.Join(changed, nil), sealed) {
			t.Errorf("line %d %s: not detected", i+1, what)
		}
	}
	for i := range lines {
		try("dropped", i, slices.Delete(slices.Clone(lines), i, i+1))
		try("doubled", i, slices.Insert(slices.Clone(lines), i, lines[i]))
		try("put at the end", i, append(slices.Clone(lines), lines[i]))
		try("emptied", i, slices.Replace(slices.Clone(lines), i, i+1, []byte("\n")))
		for j := range i {
			swapped := slices.Clone(lines)
			swapped[i], swapped[j] = swapped[j], swapped[i]
			try(fmt.Sprintf("swapped with %d", j+1), i, swapped)
		}
	}
}

// Who rewrites the whole chain gets one that holds, but never the sealed head.
func TestRewrittenChainHasAnotherHead(t *testing.T) {
	src := chain(t)
	sealed := sealedHead(t, src)
	l, err := ReadLedger(src)
	if err != nil {
		t.Fatal(err)
	}
	for i := range l.Entries {
		entries := slices.Clone(l.Entries)
		entries[i].At = entries[i].At.Add(time.Second)
		rewritten, err := ReadLedger(bytesOf(t, entries...))
		if err != nil || len(rewritten.Entries) != len(entries) {
			t.Fatalf("entry %d: the rewritten chain does not hold: %v", i, err)
		}
		if rewritten.Head == sealed {
			t.Errorf("entry %d: the head is still the sealed one", i)
		}
	}
}
