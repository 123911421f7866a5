package database

import "testing"

// j, k and n of docs/innocents.md: a restore under other owners where the policy says
// so, another tool's extension, and a cache whose rows are worth no backup.
func TestListedInnocents(t *testing.T) {
	w := healthyTwin()
	w.after = []string{
		"create schema otra", "create extension citext with schema otra",
		"create unlogged table cache (k text primary key, v text)", "insert into cache values ('a', '1'), ('b', '2')",
		"alter table cache owner to " + twinOwner,
	}
	w.settings.Backup = `pg_dump --format=custom --exclude-table-data=cache --snapshot="$SNAPSHOT" --file="$BACKUP" "$SOURCE_URL"`
	w.settings.ExcludedTables = []string{"public.cache"}
	b := lived(t, w)
	b.Config.Database.Owner = "postgres" // who made the extension
	expect(t, restored(), b, "identical")
	// The cache is left out because it is declared, not because it is a cache.
	settings(b).ExcludedTables = nil
	expect(t, restored(), b, "differs")
}
