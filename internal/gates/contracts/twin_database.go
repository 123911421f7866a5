package contracts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"listo/internal/lab"
)

// The twin's table stands in the patient's own database, in a schema that is gone
// afterwards.
const (
	twinSchema   = "listo_twin_contracts"
	twinQuestion = "select name from listo_twin_contracts.thing"
	twinTimeout  = 10 * time.Second
	// readTimeout is how long the twin waits for its table: a locked one stays so.
	readTimeout = time.Second
)

// fragile is a shop that reads a table and answers with the database's own words
// when it cannot.
func fragile(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	conn, err := pgx.Connect(ctx, b.Target.AdminURL)
	if err != nil {
		return nil, func() {}, fmt.Errorf("contracts: the sick twin has no database: %w", err)
	}
	remove := func() {
		late, cancel := context.WithTimeout(context.Background(), twinTimeout)
		defer cancel()
		conn, err := pgx.Connect(late, b.Target.AdminURL)
		if err != nil {
			return // the clone of the database goes as a whole
		}
		_, err = conn.Exec(late, "drop schema if exists "+twinSchema+" cascade")
		_ = errors.Join(err, conn.Close(late))
	}
	defer conn.Close(ctx)
	for _, statement := range []string{"drop schema if exists " + twinSchema + " cascade", "create schema " + twinSchema,
		"create table " + twinSchema + ".thing (name text)"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			remove()
			return nil, func() {}, fmt.Errorf("contracts: the sick twin cannot live in this database: let listo's role create a schema there: %w", err)
		}
	}
	twin, away, err := sick(b, func(s *shop) {
		s.talkative = true
		s.broken = func() error { return read(b.Target.AdminURL) }
	})
	if err != nil {
		remove()
		return nil, func() {}, err
	}
	return twin, func() { away(); remove() }, nil
}

// read reads the twin's table in a session of its own: the check ends sessions.
func read(url string) error {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, twinQuestion)
	return errors.Join(err, conn.Close(ctx))
}
