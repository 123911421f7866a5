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

// Run replaces all data in the database at url, in one transaction. It needs the
// role that owns the schema, and refuses a database that holds anything but a demo.
func Run(ctx context.Context, url, password string, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("seed: no database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	start := time.Now()
	usuarios := usuarioRows(password)
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

func replace(ctx context.Context, tx pgx.Tx, usuarios [][]any) error {
	if _, err := tx.Exec(ctx, `set local lock_timeout = '5s'`); err != nil {
		return err
	}
	var strangers bool
	err := tx.QueryRow(ctx, `select exists (select from usuarios where email not like '%@gastos.example')`).Scan(&strangers)
	if err != nil {
		return fmt.Errorf("seed: look at the users: run gastos migrate up first: %w", err)
	}
	if strangers {
		return errStrangers
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
