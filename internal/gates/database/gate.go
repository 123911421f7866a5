// Package database is the gate that asks whether the database can be brought to
// where the release wants it, back, and back from the dead.
//
// It rehearses on throw-away servers: the migrations on an empty one, the backup
// into another, the way down and up again on a restored copy, and it compares
// whole databases by their fingerprints (every object, every row, every sequence)
// since exit codes miss most of what goes wrong. The patient's own database is
// only read, and statements tried on it are rolled back.
//
// It knows goose's ledger. It does not know how production is backed up: it runs
// the command that listo.yaml names, and how often that runs is what the user
// declares. It sees locks of statements that define something, not those of plain
// data changes. It compares no large objects and nothing outside of the database:
// roles, tablespaces, settings of the server.
package database

import (
	_ "embed"

	"listo/internal/evidence"
)

// Report is the file this gate writes.
const Report = "db_migration_runbook.md"

//go:embed words.yaml
var wordsYAML []byte

//go:embed db_migration_runbook.md.tmpl
var page string

// Gate gives the gate: its checks in the order in which they run.
func Gate() evidence.Gate {
	return evidence.Gate{
		ID:       "database",
		Reports:  []string{Report},
		Files:    []string{catalogFile},
		Settings: func() any { return new(Settings) },
		Checks: []evidence.Check{
			ledger(), digests(), expectations(), rejections(), sound(), rights(), drift(), backup(), restored(), rollback(), locks(), recovery(),
		},
		Controls: []evidence.Control{
			evidence.Against(classLedger, ledgerID, []string{"pending"}, behind),
			evidence.Against(classDigests, digestsID, []string{"edited"}, edited),
			evidence.Against(classExpectations, expectationsID, []string{"unmet"}, unmet),
			evidence.Against(classRejections, rejectionsID, []string{"taken"}, lenient),
			evidence.Against(classSound, soundID, []string{"unsound"}, unvalidated),
			evidence.Against(classRights, rightsID, []string{"wide"}, mighty),
			evidence.Against(classDrift, driftID, []string{"drifted"}, altered),
			evidence.Against(classBackup, backupID, []string{"unnoticed"}, silenced),
			evidence.Against(classRestore, restoreID, []string{"differs"}, incomplete),
			evidence.Against(classRollback, rollbackID, []string{"loses_rows"}, lossy),
			evidence.Against(classLocks, locksID, []string{"unbounded"}, patient),
			evidence.Against(classRTO, rtoID, []string{"too_slow"}, slow),
		},
		Pages: func() (evidence.Pages, error) {
			return evidence.Pages{Words: wordsYAML, Templates: map[string]string{Report: page}}, nil
		},
	}
}
