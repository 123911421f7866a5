package database

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"listo/internal/engine/catalog"
)

// damageHalf is the copy that any restore must refuse.
const damageHalf = "half"

// damage is a way to spoil a backup.
type damage struct {
	name string
	make func(context.Context, *rehearsal) ([]byte, error)
}

// damages are those that fit the format. What a tool can do to its own format is
// done with the tool; of a text, lines are left out.
func damages(format string, whole []byte, was State) []damage {
	all := []damage{
		{damageHalf, spoilt(func() []byte { return whole[:len(whole)/2] })},
		{"tail", spoilt(func() []byte { return whole[:len(whole)-len(whole)/100-1] })},
		{"flipped", spoilt(func() []byte { return flipped(whole) })},
	}
	if table, ok := largest(was); ok && format == custom {
		all = append(all, damage{"no_rows", dumped("--exclude-table-data=" + table)})
	} else if ok && format == plain {
		all = append(all, damage{"no_rows", spoilt(func() []byte { return withoutRow(whole, table) })})
	}
	if granted := granted(was.Catalog); granted && format == custom {
		all = append(all, damage{"no_grants", dumped("--no-privileges")})
	} else if granted && format == plain {
		all = append(all, damage{"no_grants", spoilt(func() []byte { return grantLine.ReplaceAll(whole, nil) })})
	}
	return all
}

// granted tells whether anybody but an owner may do anything: where nothing was
// granted nothing can be lost.
func granted(c catalog.Catalog) bool {
	return slices.ContainsFunc(c, func(e catalog.Entry) bool {
		return e.Kind == "grant on column" || e.Kind == "grant on relation" && strings.Contains(e.Definition, ", ")
	})
}

func spoilt(make func() []byte) func(context.Context, *rehearsal) ([]byte, error) {
	return func(context.Context, *rehearsal) ([]byte, error) { return make(), nil }
}

// flipped changes one bit in each of three bytes of the data, which stand in the
// second half of a dump.
func flipped(whole []byte) []byte {
	b := bytes.Clone(whole)
	for _, percent := range []int{60, 75, 90} {
		b[len(b)*percent/100] ^= 1
	}
	return b
}

// largest gives the quoted name of the table with the most rows, if any has one.
func largest(was State) (string, bool) {
	most := catalog.Rows{}
	for _, t := range was.Tables {
		if t.Count > most.Count {
			most = t
		}
	}
	return pgx.Identifier(strings.SplitN(most.Name, ".", 2)).Sanitize(), most.Count > 0
}

// dumped makes a lesser backup with pg_dump itself: a whole file, from which
// something is missing.
func dumped(option string) func(context.Context, *rehearsal) ([]byte, error) {
	return func(ctx context.Context, r *rehearsal) ([]byte, error) {
		file := filepath.Join(r.folder, "lesser")
		ran, err := r.run(ctx, fmt.Sprintf(`pg_dump --format=custom '%s' --file="$BACKUP" "$SOURCE_URL"`, option),
			map[string]string{"SOURCE_URL": r.bench.Target.AdminURL, "BACKUP": file})
		if err == nil && ran.Exit != 0 {
			err = fmt.Errorf("database: making a lesser backup: %s", ran.Says)
		}
		if err != nil {
			return nil, err
		}
		return os.ReadFile(file)
	}
}

// said is what a script says: without comments, and without the two lines that hold
// a key of the run that wrote it (\restrict and \unrestrict, since 17.6, 16.10 and
// 15.14), which differ between two scripts of one backup.
func said(script []byte) string { return string(unsaid.ReplaceAll(script, nil)) }

var unsaid = regexp.MustCompile(`(?m)^(--.*|\\(un)?restrict [0-9A-Za-z]+)\n`)

var grantLine = regexp.MustCompile(`(?m)^(GRANT|REVOKE) .*;\n`)

// withoutRow leaves out the first row of a table's COPY block.
func withoutRow(whole []byte, table string) []byte {
	name := strings.ReplaceAll(table, `"`, "")
	at := slices.IndexFunc([]string{"COPY " + name + " (", "COPY " + table + " ("}, func(s string) bool { return bytes.Contains(whole, []byte(s)) })
	if at < 0 {
		return whole
	}
	head := []byte([]string{"COPY " + name + " (", "COPY " + table + " ("}[at])
	begin := bytes.Index(whole, head)
	first := begin + bytes.IndexByte(whole[begin:], '\n') + 1
	second := first + bytes.IndexByte(whole[first:], '\n') + 1
	return slices.Concat(whole[:first], whole[second:])
}
