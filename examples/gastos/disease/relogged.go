//go:build disease

package disease

import (
	"context"
	"log/slog"

	"gastos/internal/config"
	"gastos/internal/service"
)

// relogged hands every access line to write, which may write it as it likes.
func relogged(write func(next slog.Handler, r slog.Record, took func(string)) error) infect {
	return func(_ config.Serve, took func(string)) service.Seams {
		return service.Seams{Log: func(next slog.Handler) slog.Handler {
			return relogger{next, func(next slog.Handler, r slog.Record) error { return write(next, r, took) }}
		}}
	}
}

type relogger struct {
	slog.Handler
	write func(slog.Handler, slog.Record) error
}

func (w relogger) Handle(ctx context.Context, r slog.Record) error {
	if r.Message != "request" {
		return w.Handler.Handle(ctx, r)
	}
	return w.write(w.Handler, r)
}

// changed gives the record with its attributes as change makes them; a false result
// drops one.
func changed(r slog.Record, change func(slog.Attr) (slog.Attr, bool)) slog.Record {
	again := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a, keep := change(a); keep {
			again.AddAttrs(a)
		}
		return true
	})
	return again
}
