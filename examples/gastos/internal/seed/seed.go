// Package seed fills the database with the demo data: 3 companies, 54 users, 21,000
// expenses, the same bytes every time.
//
// It knows the demo data and how to put it in place of what is there. It does not
// know the schema's history, nor who will read the data.
package seed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// timeout bounds the whole of it; it takes about two seconds.
const timeout = time.Minute

var errStrangers = errors.New("seed: the database has users outside gastos.example: seed a demo database, not this one")

// Hashed are the demo users with their password, which takes a second or two of
// hashing.
type Hashed struct{ rows [][]any }

// Hash gives every user the password.
func Hash(password string) Hashed { return Hashed{usuarioRows(password)} }

// Run replaces all data in the database at url, in one transaction. It needs the
// role that owns the schema, and refuses a database that holds anything but a demo.
// It asks for the users once it knows that they are wanted.
func Run(ctx context.Context, url string, users func() Hashed, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("seed: no database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	start := time.Now()
	if err := refuse(ctx, conn); err != nil {
		return err
	}
	usuarios := users().rows
	if err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return replace(ctx, tx, usuarios) }); err != nil {
		return err
	}
	// Listings count by index only once the visibility map knows the rows.
	if _, err := conn.Exec(ctx, `vacuum (analyze) empresas, usuarios, membresias, gastos`); err != nil {
		return fmt.Errorf("seed: vacuum: %w", err)
	}
	log.Info("seeded", "empresas", numEmpresas, "usuarios", numUsuarios, "gastos", numGastos,
		"durationMs", time.Since(start).Milliseconds())
	return nil
}

// refuse looks whether the database is one that may be emptied.
func refuse(ctx context.Context, db interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}) error {
	var strangers, owned bool
	err := db.QueryRow(ctx, `select exists (select from usuarios where email not like '%@gastos.example'), has_table_privilege('usuarios', 'truncate')`).Scan(&strangers, &owned)
	switch {
	case err != nil:
		return fmt.Errorf("seed: look at the users: run gastos migrate up first: %w", err)
	case strangers:
		return errStrangers
	case !owned:
		return errors.New("seed: this role may not empty the tables: use the one that owns them")
	}
	return nil
}

func replace(ctx context.Context, tx pgx.Tx, usuarios [][]any) error {
	if _, err := tx.Exec(ctx, `set local lock_timeout = '5s'`); err != nil {
		return err
	}
	if err := refuse(ctx, tx); err != nil { // once more: somebody may have come meanwhile
		return err
	}
	if _, err := tx.Exec(ctx, `truncate empresas, usuarios, membresias, gastos restart identity`); err != nil {
		return fmt.Errorf("seed: empty the tables: use the role that owns them: %w", err)
	}
	tables := []struct {
		name    string
		columns []string
		rows    pgx.CopyFromSource
	}{
		{"empresas", []string{"id", "nombre", "nif"}, pgx.CopyFromRows(empresaRows())},
		{"usuarios", []string{"id", "nombre", "email", "role", "authMethod", "password_hash", "creado_en"}, pgx.CopyFromRows(usuarios)},
		{"membresias", []string{"usuario_id", "empresa_id"}, pgx.CopyFromRows(membresiaRows())},
		{"gastos", []string{"id", "empresa_id", "usuario_id", "concepto", "importe", "categoria", "estado", "fecha", "creado_en"}, newGastoRows()},
	}
	for _, t := range tables {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, t.rows); err != nil {
			return fmt.Errorf("seed: copy %s: %w", t.name, err)
		}
	}
	// The next row gets the next number.
	for _, t := range []string{"empresas", "usuarios", "gastos"} {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`select setval(pg_get_serial_sequence('%s', 'id'), (select max(id) from %s))`, t, t)); err != nil {
			return fmt.Errorf("seed: number %s: %w", t, err)
		}
	}
	return nil
}
