package security

import (
	"context"
	"encoding/json"
	"io"
	nethttp "net/http"

	"github.com/jackc/pgx/v5"

	"listo/internal/lab"
)

// find looks a text up in the database.
func (t *twin) find(h nethttp.Header, r *nethttp.Request) (int, string) {
	text := r.URL.Query().Get("q")
	if r.Method == nethttp.MethodPost {
		raw, err := io.ReadAll(io.LimitReader(r.Body, twinLimit))
		var body map[string]any
		if err != nil || json.Unmarshal(raw, &body) != nil {
			return nethttp.StatusBadRequest, "{}"
		}
		if _, polluting := body["__proto__"]; polluting && t.indents {
			t.indented = true
		}
		named, isText := body["q"].(string)
		if !isText {
			return nethttp.StatusUnprocessableEntity, "{}"
		}
		text = named
	}
	if t.answers != nil {
		t.answers(h, text)
	}
	finds := t.finds
	if finds == nil {
		finds = byParameter
	}
	if t.database != "" {
		if err := finds(r.Context(), t.database, text); err != nil {
			return nethttp.StatusInternalServerError, "{}"
		}
	}
	return nethttp.StatusOK, `{"found":0}`
}

func byParameter(ctx context.Context, database, text string) error {
	return asked(ctx, database, "select 1 where 'a' = $1", text)
}

// glued puts the text into the query.
func glued(ctx context.Context, database, text string) error {
	_ = asked(ctx, database, "select 1 where 'a' = '"+text+"'") // whoever is attacked does not say so
	return nil
}

func asked(ctx context.Context, database, question string, args ...any) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if len(args) == 0 {
		args = []any{pgx.QueryExecModeSimpleProtocol}
	}
	_, err = conn.Exec(ctx, question, args...)
	return err
}

// gluesItsQueries: what a client writes is put into the query as it stands, and errors
// are hidden.
func gluesItsQueries(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(t *twin) { t.finds = glued })
}
