package database

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"listo/internal/config"
	"listo/internal/engine/goose"
	"listo/internal/lab"
)

// Settings is this gate's part of the section "database" of listo.yaml. Paths are
// relative to the folder of listo.yaml. All commands run in the service's working
// folder, with the service's variables.
type Settings struct {
	Migrations         string `yaml:"migrations" doc:"folder of the migrations, as goose files"`
	MigrationsManifest string `yaml:"migrations_manifest" doc:"file with the recorded SHA-256 of every migration, in the format of sha256sum, written when the migration was released"`
	LedgerTable        string `yaml:"ledger_table" default:"goose_db_version" doc:"table in which goose keeps its ledger"`
	MigrateUp          string `yaml:"migrate_up" doc:"command that brings the database of $DATABASE_URL to the newest version; it runs as database.owner"`
	MigrateDown        string `yaml:"migrate_down" doc:"command that takes the newest step back; it runs as database.owner"`
	MigrateTo          string `yaml:"migrate_to" doc:"command that brings an empty database to {version}; it runs as database.owner"`

	Expect     []Expectation `yaml:"expect" doc:"columns that must be as said, or absent"`
	Statements []Statement   `yaml:"statements" doc:"statements with the SQLSTATE that each must get; all are rolled back"`

	Backup      string        `yaml:"backup" doc:"command that writes a backup of $SOURCE_URL to the file $BACKUP; pg_dump should be given --snapshot=$SNAPSHOT, so that a database in use can be compared"`
	Restore     string        `yaml:"restore" doc:"command that restores $BACKUP into the empty database $TARGET_URL"`
	BackupEvery time.Duration `yaml:"backup_every" doc:"how often production is backed up, e.g. 24h; this is what you declare, listo cannot see it"`
	RPO         time.Duration `yaml:"rpo" doc:"recovery point objective: the most that may be lost, as the time since the last backup, e.g. 25h"`
	RTO         time.Duration `yaml:"rto" doc:"recovery time objective: the most that the recovery of this database may take, e.g. 5m"`

	Smoke string `yaml:"smoke" doc:"request (GET and a path) that reads data, asked of the service on the restored database"`

	RollbackSteps int      `yaml:"rollback_steps" doc:"how many migrations back the rollback is rehearsed"`
	NewRows       []string `yaml:"new_rows" doc:"statements that write rows as only the new version does, run between going up and going down again"`
	// ExcludedTables hold nothing worth a backup.
	ExcludedTables []string `yaml:"excluded_tables" doc:"tables, with their schema, whose rows the backup may leave out, such as caches"`
}

// Expectation is what a column must be. What is left out is not asked for.
type Expectation struct {
	Table   string   `yaml:"table" required:"true" doc:"table, with its schema where it is not public"`
	Column  string   `yaml:"column" required:"true" doc:"column, in the very letters of the database"`
	Absent  bool     `yaml:"absent" doc:"the column must not be there"`
	Type    string   `yaml:"type" doc:"its type, as psql shows it"`
	NotNull bool     `yaml:"not_null" doc:"it must refuse NULL"`
	Default string   `yaml:"default" doc:"its default, as psql shows it"`
	Check   string   `yaml:"check" doc:"name of a check constraint of the table that must be there, name the column and have been validated"`
	Values  []string `yaml:"values" doc:"the only values that its rows may hold; for an enum, exactly its labels"`
}

// Statement is a statement and how the database must take it.
type Statement struct {
	SQL      string `yaml:"sql" required:"true" doc:"one statement"`
	SQLState string `yaml:"sqlstate" required:"true" doc:"the SQLSTATE that it must get; 00000 for one that must be taken and touch a row"`
	As       string `yaml:"as" enum:"owner,service" default:"owner" doc:"who tries: owner (the role that migrates) or service"`
}

var sqlState = regexp.MustCompile(`^[0-9A-Z]{5}$`)

// Validate refuses settings that can never be right.
func (s *Settings) Validate() error {
	for i, one := range s.Statements {
		if !sqlState.MatchString(one.SQLState) {
			return fmt.Errorf("statements[%d]: %q is no SQLSTATE: write five digits and capitals, e.g. \"23514\"", i, one.SQLState)
		}
		if strings.Contains(strings.TrimRight(strings.TrimSpace(one.SQL), ";"), ";") {
			return fmt.Errorf("statements[%d] holds more than one statement: write each on its own", i)
		}
	}
	switch {
	case s.MigrateTo != "" && !strings.Contains(s.MigrateTo, "{version}"):
		return errors.New("migrate_to does not say where {version} goes: write it into the command")
	case s.RollbackSteps < 0 || s.RollbackSteps > maxSteps:
		return fmt.Errorf("rollback_steps wants 1 to %d", maxSteps)
	case s.Smoke != "" && !strings.HasPrefix(s.Smoke, "GET /"):
		return errors.New("smoke wants GET and a path, e.g. GET /api/gastos?empresaId=1")
	case s.RPO < 0 || s.RTO < 0 || s.BackupEvery < 0:
		return errors.New("backup_every, rpo and rto want a time, e.g. 24h")
	}
	return nil
}

// maxSteps bounds how far back a rollback is rehearsed.
const maxSteps = 50

func (s *Settings) ledgerTable() string {
	if s.LedgerTable == "" {
		return goose.Table
	}
	return s.LedgerTable
}

func settings(b *lab.Bench) *Settings { return lab.SettingsOf[Settings](b) }

// path gives where a path of the settings lies.
func path(b *lab.Bench, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(b.Config.Folder, name)
}

// role gives the name of the role that a statement runs as; "" is listo's own.
func role(c *config.Config, as string) string {
	if as == "service" {
		return c.Database.User
	}
	return c.Database.Owner
}
