package database

import (
	"context"
	"fmt"
	"os"
	"strings"

	"listo/internal/engine/goose"
	"listo/internal/engine/shell"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/sql"
)

const (
	ledgerID    = "database.ledger"
	classLedger = "database.ledger"
)

// ledger asks whether the database has gone through exactly the migrations that
// lie in the folder.
func ledger() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: ledgerID, Class: classLedger,
		Needs:   []evidence.Need{evidence.NeedDatabase, evidence.Setting("migrations")},
		Reasons: []string{"current", "pending", "hole", "unknown", "out_of_order", "twice", "no_ledger", "other_tool", "no_files"},
	}, runLedger, judgeLedger)
}

// Ledger is what goose's table says beside the files.
type Ledger struct {
	Table string      `json:"table"`
	Found bool        `json:"found"` // the table is there
	Rows  []goose.Row `json:"rows"`
	Files []string    `json:"files"`
	// Others are ledgers of other migration tools that are there.
	Others []string `json:"others"`
}

// Compare reads rows and files as goose does.
func (o Ledger) Compare() goose.Ledger { return goose.Compare(filesNamed(o.Files), o.Rows) }

func filesNamed(names []string) []goose.File {
	var files []goose.File
	for _, name := range names {
		version, _ := goose.Migration(name)
		files = append(files, goose.File{Version: version, Name: name})
	}
	return files
}

// otherLedgers are the tables of golang-migrate and Rails, Prisma, Knex,
// Sequelize, Atlas, Flyway, Alembic and Django.
func otherLedgers() []string {
	return []string{"schema_migrations", "_prisma_migrations", "knex_migrations", "SequelizeMeta", "atlas_schema_revisions",
		"flyway_schema_history", "alembic_version", "django_migrations"}
}

func runLedger(ctx context.Context, b *lab.Bench) (Ledger, error) {
	o := Ledger{Table: settings(b).ledgerTable()}
	files, err := migrations(b)
	if err != nil {
		return o, err
	}
	for _, f := range files {
		o.Files = append(o.Files, f.Name)
	}
	s, err := sql.Open(ctx, b)
	if err != nil {
		return o, err
	}
	defer s.Close()
	return o, o.read(ctx, s)
}

func (o *Ledger) read(ctx context.Context, s *sql.Session) error {
	rows, err := s.Query(ctx, `select c.oid::regclass::text as name, c.relname::text as bare from pg_class c
where c.relkind in ('r', 'p') and (c.oid = to_regclass($1) or c.relname = $1 or c.relname = any ($2::text[])) order by c.oid = to_regclass($1), 1`, o.Table, otherLedgers())
	if err != nil {
		return fmt.Errorf("database: looking for the ledger: %w", err)
	}
	table := "" // the last one: what the search path finds comes after its namesakes
	for _, r := range rows {
		if bare := text(r, "bare"); bare == o.Table || text(r, "name") == o.Table {
			table = text(r, "name")
		} else {
			o.Others = append(o.Others, bare)
		}
	}
	if table == "" {
		return nil
	}
	o.Found = true
	rows, err = s.Query(ctx, "select id::bigint as id, version_id::bigint as version, is_applied as applied from "+table+" order by id")
	if err != nil {
		return fmt.Errorf("database: reading %s: %w: is it goose's?", o.Table, err)
	}
	for _, r := range rows {
		id, _ := r["id"].(int64)
		version, _ := r["version"].(int64)
		o.Rows = append(o.Rows, goose.Row{ID: id, Version: version, Applied: r["applied"] == true})
	}
	return nil
}

func judgeLedger(o Ledger, _ evidence.Limits) evidence.Finding {
	l := o.Compare()
	facts := evidence.Facts{"files": len(o.Files), "applied": len(l.Applied), "table": o.Table, "others": strings.Join(o.Others, ", "),
		"pending": names(l.Pending), "holes": names(l.Holes), "unknown": versions(l.Unknown), "disordered": versions(l.OutOfOrder), "doubled": versions(l.Twice)}
	switch {
	case !o.Found && len(o.Others) > 0:
		return evidence.Undecided("other_tool", facts)
	case len(o.Files) == 0:
		return evidence.Undecided("no_files", facts)
	case !o.Found:
		return evidence.Failed("no_ledger", facts)
	case len(l.Twice) > 0:
		return evidence.Failed("twice", facts)
	case len(l.Unknown) > 0:
		return evidence.Failed("unknown", facts)
	case len(l.Holes) > 0:
		return evidence.Failed("hole", facts)
	case len(l.Pending) > 0:
		return evidence.Failed("pending", facts)
	case len(l.OutOfOrder) > 0:
		return evidence.Failed("out_of_order", facts)
	}
	return evidence.Passed("current", facts)
}

func names(files []goose.File) []string {
	all := []string{}
	for _, f := range files[:min(len(files), maxShown)] {
		all = append(all, f.Name)
	}
	return all
}

func versions(all []int64) []string {
	texts := []string{}
	for _, v := range all[:min(len(all), maxShown)] {
		texts = append(texts, fmt.Sprint(v))
	}
	return texts
}

// maxMigration bounds what is read of one migration, in bytes.
const maxMigration = 4 << 20

// migrations reads the folder, sorted by name, and records that it did.
func migrations(b *lab.Bench) ([]goose.File, error) {
	folder := settings(b).Migrations
	touch := b.Touch("file", shell.Join("ls", "-l", folder))
	files, err := readMigrations(path(b, folder))
	var list strings.Builder
	for _, f := range files {
		fmt.Fprintln(&list, f.Name)
	}
	touch.Capture("migrations", "text/plain", []byte(list.String()), false)
	touch.End(0, err)
	if err != nil {
		return nil, fmt.Errorf("database: migrations %s: %w: name the folder of the migrations", folder, err)
	}
	return files, nil
}

func readMigrations(folder string) ([]goose.File, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var files []goose.File
	for _, e := range entries {
		if _, ok := goose.Migration(e.Name()); !ok || e.IsDir() {
			continue
		}
		body, err := readBounded(folder, e.Name(), maxMigration)
		if err != nil {
			return nil, err
		}
		files = append(files, goose.Read(e.Name(), string(body)))
	}
	return files, nil
}
