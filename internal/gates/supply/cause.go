package supply

import (
	"bytes"
	"os"
)

// maxCompared bounds how much of two differing files is read, in bytes each.
const maxCompared = 64 << 20

// explain finds where two files begin to differ and guesses why: the folder of
// the build stands in one of them, or both hold digits in the same place that are
// not the same, as a time does.
func explain(c *Changed, first, second, firstRoot, secondRoot string) {
	a, errA := head(first)
	b, errB := head(second)
	if errA != nil || errB != nil {
		return
	}
	c.Offset = int64(firstDifference(a, b))
	switch {
	case bytes.Contains(a, []byte(firstRoot)) || bytes.Contains(b, []byte(secondRoot)):
		c.Cause = "path"
	case digitsDiffer(a, b):
		c.Cause = "time"
	}
}

func head(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxCompared {
		return nil, os.ErrInvalid
	}
	return os.ReadFile(name)
}

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// digitsDiffer tells that somewhere the same place holds a run of at least eight
// characters of a date or a number in both files, and not the same.
func digitsDiffer(a, b []byte) bool {
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] || !dated(a[i]) || !dated(b[i]) {
			continue
		}
		if run(a, i) >= 8 && run(b, i) >= 8 {
			return true
		}
	}
	return false
}

func dated(c byte) bool { return c >= '0' && c <= '9' || bytes.IndexByte([]byte("-:TZ+. "), c) >= 0 }

// run gives how many bytes around a place could be of a date.
func run(b []byte, at int) int {
	from, to := at, at
	for from > 0 && dated(b[from-1]) && at-from < 32 {
		from--
	}
	for to+1 < len(b) && dated(b[to+1]) && to-at < 32 {
		to++
	}
	return to - from + 1
}
