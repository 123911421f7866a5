package database

import (
	"context"
	"strings"
	"time"

	"listo/internal/lab"
)

// behind is a twin with a migration that was never applied.
func behind(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.rewritten = map[string]string{"00003_later.sql": "-- +goose Up\nselect 1;\n"}
	return t.live(ctx, b)
}

// edited is a twin whose applied migration was changed by a word.
func edited(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.rewritten = map[string]string{"00002_clase.sql": strings.Replace(twinSecond, "'oro'", "'plata'", 1)}
	return t.live(ctx, b)
}

// unmet is a twin without the constraint that the column must have.
func unmet(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.after = []string{"alter table cuentas drop constraint cuentas_clase_check"}
	return t.live(ctx, b)
}

// lenient is a twin that takes what it must refuse.
func lenient(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return unmet(ctx, b)
}

// unvalidated is a twin whose constraint was never held against the rows.
func unvalidated(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.after = []string{"alter table cuentas add constraint nombre_corto check (length(nombre) < 3) not valid"}
	return t.live(ctx, b)
}

// mighty is a twin whose service connects as the owner of the schema.
func mighty(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.service = twinOwner
	return t.live(ctx, b)
}

// altered is a twin to which an index was added by hand.
func altered(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.after = []string{"create index by_hand on cuentas (nombre)"}
	return t.live(ctx, b)
}

// silenced is a twin whose restore says that all went well, whatever happened.
func silenced(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.settings.Restore = `pg_restore --dbname="$TARGET_URL" "$BACKUP" || true`
	return t.live(ctx, b)
}

// incomplete is a twin whose backup leaves the rows of a table out.
func incomplete(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.settings.Backup = strings.Replace(t.settings.Backup, "pg_dump ", "pg_dump --exclude-table-data=cuentas ", 1)
	return t.live(ctx, b)
}

// lossy is a twin whose way down deletes the rows that the new version wrote.
func lossy(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.files["00002_clase.sql"] = strings.Replace(twinSecond, "alter table cuentas drop", "delete from cuentas where clase = 'oro';\nalter table cuentas drop", 1)
	return t.live(ctx, b)
}

// patient is a twin whose migration waits for a lock as long as it takes.
func patient(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.files["00002_clase.sql"] = strings.ReplaceAll(twinSecond, "set local lock_timeout = '2s';\n", "")
	return t.live(ctx, b)
}

// slow is a twin whose restore alone takes longer than the whole recovery may.
func slow(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	t := healthyTwin()
	t.settings.Restore, t.settings.RTO = "sleep 2.1 && "+t.settings.Restore, 2*time.Second
	return t.live(ctx, b)
}
