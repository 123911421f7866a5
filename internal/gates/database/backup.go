package database

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/words"
)

const (
	backupID    = "database.backup"
	classBackup = "database.backup"
)

// backup damages copies of a backup and asks whether anybody would notice.
func backup() evidence.Check {
	return evidence.Define(evidence.Declaration{
		ID: backupID, Class: classBackup,
		Needs:   []evidence.Need{evidence.NeedDatabase, evidence.Setting("backup"), evidence.Setting("restore")},
		Reasons: []string{"noticed", "unnoticed", "blind", "no_baseline", "backup_failed", "no_file", "opaque", "empty"},
	}, runBackup, judgeBackup)
}

// Backup is how damaged copies of one backup fared.
type Backup struct {
	Source Source `json:"source"`
	// Intact is the copy with nothing wrong: it must be restored the same, else the
	// others prove nothing.
	Intact Copy   `json:"intact"`
	Copies []Copy `json:"copies"`
}

// Copy is one damaged copy, or the intact one.
type Copy struct {
	Damage string `json:"damage"` // intact, half, tail, flipped, no_rows, no_grants
	Size   int64  `json:"size"`
	// Differs tells that the copy says something else than the backup: a bit may be
	// flipped where it means nothing, and then there is no damage.
	Differs bool `json:"differs"`
	Restore Ran  `json:"restore"`
	// Changes is in how many things the restored database differs from the source.
	Changes int    `json:"changes"`
	First   string `json:"first"` // one of them
}

// Caught tells whether the damage was noticed at all: by the exit code or by the
// comparison.
func (c Copy) Caught() bool { return c.Restore.Exit != 0 || c.Changes > 0 }

func runBackup(ctx context.Context, b *lab.Bench) (Backup, error) {
	var o Backup
	r, err := rehearse(ctx, b, false)
	if err != nil {
		return o, err
	}
	defer r.close()
	source, was, err := r.back(ctx)
	if o.Source = source; err != nil || source.Command.Exit != 0 || source.Format == "" || source.Size == 0 {
		return o, err
	}
	whole, err := os.ReadFile(r.backupFile())
	if err != nil {
		return o, fmt.Errorf("database: the backup: %w", err)
	}
	if o.Intact, err = r.tryCopy(ctx, "intact", whole, whole, was); err != nil {
		return o, err
	}
	planned := damages(source.Format, whole, was)
	for i, d := range planned {
		b.Progress(i, len(planned))
		damaged, err := d.make(ctx, r)
		if err != nil {
			return o, err
		}
		c, err := r.tryCopy(ctx, d.name, damaged, whole, was)
		if err != nil {
			return o, err
		}
		o.Copies = append(o.Copies, c)
	}
	return o, nil
}

// tryCopy restores a copy into a database of its own and compares.
func (r *rehearsal) tryCopy(ctx context.Context, name string, damaged, whole []byte, was State) (Copy, error) {
	c := Copy{Damage: name, Size: int64(len(damaged)), Differs: string(damaged) != string(whole)}
	file := filepath.Join(r.folder, "copy_"+name)
	if err := os.WriteFile(file, damaged, 0o600); err != nil {
		return c, fmt.Errorf("database: a damaged copy: %w", err)
	}
	var err error
	if c.Restore, err = r.restore(ctx, "copy_"+name, file); err != nil || c.Restore.Exit != 0 {
		return c, err
	}
	is, err := r.state(ctx, "copy_"+name)
	if err != nil {
		return c, err
	}
	d := compareStates(was, is, settings(r.bench).ExcludedTables)
	if c.Changes = d.Count; d.Count > 0 {
		c.First = d.names()[0]
	} else if c.Differs {
		c.Differs, err = r.saysOther(ctx, file)
	}
	return c, err
}

// saysOther tells whether a damaged copy is another script than the backup. It is a witness that does not depend on our comparison.
func (r *rehearsal) saysOther(ctx context.Context, file string) (bool, error) {
	scripts := make([]string, 2)
	for i, from := range []string{r.backupFile(), file} {
		b, err := os.ReadFile(from)
		if err == nil && formatOf(b) == custom {
			to := filepath.Join(r.folder, "script")
			var ran Ran
			if ran, err = r.run(ctx, `pg_restore --file="$SCRIPT" "$BACKUP"`, map[string]string{"BACKUP": from, "SCRIPT": to}); err == nil && ran.Exit != 0 {
				return true, nil // it cannot be read to its end, and the restore did not say so
			}
			if err == nil {
				b, err = os.ReadFile(to)
			}
		}
		if err != nil {
			return false, fmt.Errorf("database: reading a damaged copy: %w", err)
		}
		scripts[i] = said(b)
	}
	return scripts[0] != scripts[1], nil
}

func judgeBackup(o Backup, _ evidence.Limits) evidence.Finding {
	byExit, byProof, tried := 0, 0, 0
	var blind, unnoticed []string
	for _, c := range o.Copies {
		if !c.Differs {
			continue // no damage: a bit may fall where a restore never looks
		}
		tried++
		switch {
		case c.Restore.Exit != 0:
			byExit++
		case c.Changes > 0:
			byProof++
		default:
			blind = append(blind, c.Damage)
		}
		if c.Damage == damageHalf && c.Restore.Exit == 0 {
			unnoticed = append(unnoticed, c.Damage)
		}
	}
	facts := evidence.Facts{"copies": tried, "by_exit": byExit, "by_proof": byProof, "blind": blind, "size": bytesOf(o.Source.Size),
		"digest": short(o.Source.Digest), "names": o.Intact.First, "changes": o.Intact.Changes, "says": o.Intact.Restore.Says,
		"exit": o.Intact.Restore.Exit, "backup_exit": o.Source.Command.Exit, "backup_says": o.Source.Command.Says}
	if f, ok := o.Source.failed(facts); ok {
		return f
	}
	switch {
	case o.Source.Size == 0:
		return evidence.Undecided("opaque", facts)
	case len(unnoticed) > 0:
		return evidence.Failed("unnoticed", facts)
	case !o.intact():
		return evidence.Undecided("no_baseline", facts)
	case len(blind) > 0:
		return evidence.Failed("blind", facts)
	case tried == 0:
		return evidence.Undecided("empty", facts)
	}
	return evidence.Passed("noticed", facts)
}

// intact tells that the undamaged copy came out the same.
func (o Backup) intact() bool {
	return o.Intact.Damage != "" && o.Intact.Restore.Line != "" && !o.Intact.Caught()
}

// bytesOf makes a size that is written with its unit.
func bytesOf(n int64) words.Bytes { return words.Bytes(n) }

func short(digest string) string { return digest[:min(len(digest), 12)] }
