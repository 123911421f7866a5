package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"

	"github.com/pressly/goose/v3"

	"gastos/internal/config"
	"gastos/migrations"
)

func migrate(ctx context.Context, args []string, env config.Lookup, out io.Writer) error {
	walk, err := parseMigrate(args, out)
	if err != nil {
		return err
	}
	c, err := config.ReadMigrate(env)
	if err != nil {
		return configError{err}
	}
	m, err := migrations.Open(ctx, c.DatabaseURL.Reveal(), c.AppRole, slog.New(slog.NewJSONHandler(out, nil)))
	if err != nil {
		return err
	}
	defer m.Close()
	return walk(ctx, m)
}

// parseMigrate understands the command line before any database is touched.
func parseMigrate(args []string, out io.Writer) (func(context.Context, *migrations.Migrator) error, error) {
	switch {
	case len(args) == 1 && args[0] == "up":
		return func(ctx context.Context, m *migrations.Migrator) error { return report(out)(m.Up(ctx)) }, nil
	case len(args) == 1 && args[0] == "down":
		return func(ctx context.Context, m *migrations.Migrator) error { return down(ctx, m, out) }, nil
	case len(args) == 1 && args[0] == "status":
		return func(ctx context.Context, m *migrations.Migrator) error { return status(ctx, m, out) }, nil
	case len(args) == 2 && args[0] == "to":
		version, err := strconv.ParseInt(args[1], 10, 64)
		if err != nil || version < 0 {
			return nil, errUsage
		}
		return func(ctx context.Context, m *migrations.Migrator) error { return report(out)(m.To(ctx, version)) }, nil
	}
	return nil, errUsage
}

// down takes back the last step.
func down(ctx context.Context, m *migrations.Migrator, out io.Writer) error {
	step, err := m.Down(ctx)
	if err != nil {
		return err
	}
	return report(out)([]*goose.MigrationResult{step}, nil)
}

// report lists the steps that were taken.
func report(out io.Writer) func([]*goose.MigrationResult, error) error {
	return func(steps []*goose.MigrationResult, err error) error {
		for _, step := range steps {
			fmt.Fprintf(out, "%-8s %s\n", step.Direction, step.Source.Path)
		}
		return err
	}
}

// status lists the history; pending steps are an error, so that a script notices.
func status(ctx context.Context, m *migrations.Migrator, out io.Writer) error {
	all, err := m.Status(ctx)
	if err != nil {
		return fmt.Errorf("gastos: read the state of the migrations: %w", err)
	}
	pending := 0
	for _, one := range all {
		if one.State == goose.StatePending {
			pending++
		}
		fmt.Fprintf(out, "%-8s %s\n", one.State, one.Source.Path)
	}
	if pending > 0 {
		return fmt.Errorf("gastos: %d migrations pending: run gastos migrate up", pending)
	}
	return nil
}
