package database

import (
	"time"

	"listo/internal/words"
)

// What the page asks of observations beside their fields.

// Took is how long the command ran.
func (r Ran) Took() time.Duration { return took(r.TookMS) }

// Took is how long the backup ran.
func (s Source) Took() time.Duration { return s.Command.Took() }

// Bytes is the backup's size, written with its unit.
func (s Source) Bytes() words.Bytes { return bytesOf(s.Size) }

// Short is the beginning of the backup's digest.
func (s Source) Short() string { return short(s.Digest) }

// Total is how long the recovery took in all.
func (o Recovery) Total() time.Duration { return took(o.TotalMS) }

// ReadyIn is how long the service took to become ready.
func (o Recovery) ReadyIn() time.Duration { return took(o.ReadyMS) }

// Timeout is the lock_timeout.
func (h Held) Timeout() time.Duration { return took(float64(h.TimeoutMS)) }

// Number counts the moves from one.
func (o Rollback) Number(i int) int { return i + 1 }
