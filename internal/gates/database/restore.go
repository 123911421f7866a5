package database

import (
	"context"
	"slices"

	"listo/internal/evidence"
	"listo/internal/lab"
)

const (
	restoreID    = "database.restore"
	classRestore = "database.restore"
)

// restored takes a backup, restores it and compares every row of every table,
// every sequence and every object.
func restored() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: restoreID, Class: classRestore,
		Needs:   []evidence.Need{evidence.NeedDatabase, evidence.Setting("backup"), evidence.Setting("restore")},
		Reasons: []string{"identical", "differs", "backup_failed", "restore_failed", "no_file", "empty", "moving"},
	}, runRestore, judgeRestore)
}

// Restored is the source of a backup beside what came out of it.
type Restored struct {
	Source  Source      `json:"source"`
	Seal    Ran         `json:"seal"`   // the digest written beside the backup
	Unseal  Ran         `json:"unseal"` // and read again before the restore
	Create  Ran         `json:"create"` // of the empty database
	Restore Ran         `json:"restore"`
	Extent  Extent      `json:"extent"` // of the restored database
	Changes Differences `json:"changes"`
	// Server is the version that restored it, Excluded how many tables the
	// settings leave out.
	Server   string `json:"server"`
	Excluded int    `json:"excluded"`
	// Compared counts the source's rows in tables that are not left out.
	Compared int64 `json:"compared"`
	// Roles are those that the other server was given before: a backup of one
	// database holds none.
	Roles []string `json:"roles"`
}

const restoredDatabase = "restored"

// A digest beside the backup tells a changed file before anybody restores it.
const (
	sealLine   = `sha256sum "$BACKUP" > "$BACKUP.sha256"`
	unsealLine = `sha256sum --check --quiet "$BACKUP.sha256"`
)

func runRestore(ctx context.Context, b *lab.Bench) (Restored, error) {
	o := Restored{Excluded: len(settings(b).ExcludedTables)}
	r, err := rehearse(ctx, b, false)
	if err != nil {
		return o, err
	}
	defer r.close()
	o.Server = r.server.Binaries.Version
	source, was, err := r.back(ctx)
	if o.Source = source; err != nil || source.Command.Exit != 0 || source.Format == "" {
		return o, err
	}
	o.Roles = r.roles[:min(len(r.roles), maxShown)]
	if err := r.recover(ctx, &o); err != nil {
		return o, err
	}
	is, err := r.state(ctx, restoredDatabase)
	if err != nil {
		return o, err
	}
	o.Extent, o.Changes = is.Extent(), compareStates(was, is, settings(b).ExcludedTables)
	for _, t := range was.Tables {
		if !slices.Contains(settings(b).ExcludedTables, t.Name) {
			o.Compared += t.Count
		}
	}
	return o, nil
}

// recover goes the way of a person with a backup and an empty server.
func (r *rehearsal) recover(ctx context.Context, o *Restored) (err error) {
	backup := map[string]string{"BACKUP": r.backupFile()}
	if o.Seal, err = r.run(ctx, sealLine, backup); err != nil {
		return err
	}
	if o.Unseal, err = r.run(ctx, unsealLine, backup); err != nil {
		return err
	}
	if o.Create, err = r.create(ctx, restoredDatabase); err != nil {
		return err
	}
	o.Restore, err = r.fill(ctx, restoredDatabase, r.backupFile())
	return err
}

func judgeRestore(o Restored, _ evidence.Limits) evidence.Finding {
	facts := evidence.Facts{"tables": o.Source.Extent.Tables, "rows": o.Source.Extent.Rows, "objects": o.Source.Extent.Objects,
		"sequences": o.Source.Extent.Sequences, "size": bytesOf(o.Source.Size), "changes": o.Changes.Count, "names": o.Changes.names(),
		"exit": o.Restore.Exit, "says": o.Restore.Says, "backup_exit": o.Source.Command.Exit, "backup_says": o.Source.Command.Says}
	if f, ok := o.Source.failed(facts); ok {
		return f
	}
	switch {
	case o.Restore.Exit != 0:
		return evidence.Failed("restore_failed", facts)
	case o.Source.Moved > 0:
		return evidence.Undecided("moving", facts)
	case o.Changes.Count > 0:
		return evidence.Failed("differs", facts)
	case o.Source.Extent.Rows == 0 || o.Compared == 0 || o.Extent.empty():
		return evidence.Undecided("empty", facts)
	}
	return evidence.Passed("identical", facts)
}

// failed gives the finding when there is no backup to go on with. Whoever asks
// declares its three reasons.
func (s Source) failed(facts evidence.Facts) (evidence.Finding, bool) {
	switch {
	case s.Command.Line == "" || s.Extent.empty():
		return evidence.Undecided("empty", facts), true
	case s.Command.Exit != 0:
		return evidence.Failed("backup_failed", facts), true
	case s.Format == "" || s.Size == 0 && s.Format != opaque:
		return evidence.Failed("no_file", facts), true
	}
	return evidence.Finding{}, false
}
