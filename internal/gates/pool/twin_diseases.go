package pool

import (
	"context"
	"time"

	"listo/internal/lab"
)

// Each function is one negative control: a twin with one disease.

// oversized has a pool of twice the declared size.
func oversized(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthy(b)
	t.size = 2 * twinDeclared
	return t.start(ctx, b)
}

// impatient answers 503 to whoever waits long for a connection.
func impatient(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthy(b)
	t.patience = 50 * time.Millisecond
	return t.start(ctx, b)
}

// hoarding keeps sessions that its endpoint never uses.
func hoarding(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthy(b)
	t.spare, t.spareUsed = 4, true
	return t.start(ctx, b)
}

// reconnecting opens a connection for each request.
func reconnecting(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthy(b)
	t.perRequest = true
	return t.start(ctx, b)
}

// leaking forgets the transaction of a malformed request. Its pool is large
// enough to forget some and go on.
func leaking(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthy(b)
	t.declared, t.size = 8, 8
	t.forgets = true
	return t.start(ctx, b)
}

// idling opens sessions that never run a query.
func idling(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthy(b)
	t.spare = 2
	return t.start(ctx, b)
}

// greedy declares more connections than any server gives.
func greedy(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthy(b)
	t.declared = 1 << 20
	return t.start(ctx, b)
}

// nameless does not say who it is.
func nameless(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthy(b)
	t.name = ""
	return t.start(ctx, b)
}
