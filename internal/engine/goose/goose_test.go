package goose

import (
	"fmt"
	"testing"
)

func TestMigration(t *testing.T) {
	for name, want := range map[string]int64{
		"00001_a.sql": 1, "20240131120000_b.go": 20240131120000, "7_c_d.sql": 7,
		"00000_zero.sql": 0, "a_1.sql": 0, "00001a.sql": 0, "00001_a.txt": 0, "00001_a_test.go": 0, "migrations.go": 0,
	} {
		got, ok := Migration(name)
		if ok != (want > 0) || ok && got != want {
			t.Errorf("%s is %d, %v", name, got, ok)
		}
	}
}

func TestSectionsThatDoSomething(t *testing.T) {
	for text, want := range map[string][2]bool{
		"-- +goose Up\ncreate table t ();\n-- +goose Down\ndrop table t;\n":                                    {true, true},
		"-- +goose Up\ncreate table t ();\n-- +goose Down\n":                                                   {true, false},
		"-- +goose Up\ncreate table t ();\n":                                                                   {true, false},
		"-- +goose Up\ncreate table t ();\n-- +goose Down\n-- drop table t;\nset local lock_timeout = '1s';\n": {true, false},
		"-- +goose Up\nset local lock_timeout = '1s';\n/* nothing; yet */\n-- +goose Down\nselect 1;\n":        {false, false},
		"-- +goose NO TRANSACTION\n-- +goose Up\ncreate index i on t (a);\n-- +goose Down\ndrop index i;\n":    {true, true},
		"-- +goose Up\n-- +goose StatementBegin\ndo $$ begin perform 1; end $$;\n-- +goose StatementEnd\n":     {true, false},
		"create table t ();\n": {false, false},
		"":                     {false, false},
	} {
		f := Read("00001_a.sql", text)
		if f.Up != want[0] || f.Down != want[1] {
			t.Errorf("%q: up %v, down %v; want %v", text, f.Up, f.Down, want)
		}
	}
	if f := Read("00001_a.go", "package x"); !f.Go || f.Up || f.Down {
		t.Errorf("a migration in Go is %+v", f)
	}
}

func TestCompareReadsAsGooseDoes(t *testing.T) {
	files := func(versions ...int64) (all []File) {
		for _, v := range versions {
			all = append(all, File{Version: v, Name: fmt.Sprint(v)})
		}
		return all
	}
	for _, c := range []struct {
		what  string
		files []File
		rows  []Row
		want  string
	}{
		{"in step", files(1, 2), []Row{{1, 0, true}, {2, 1, true}, {3, 2, true}}, "[1 2] [] [] [] [] []"},
		{"pending", files(1, 2, 3), []Row{{1, 0, true}, {2, 1, true}, {3, 2, true}}, "[1 2] [3] [] [] [] []"},
		{"a hole", files(1, 2, 3), []Row{{1, 0, true}, {2, 1, true}, {3, 3, true}}, "[1 3] [2] [2] [] [] []"},
		{"no file", files(1), []Row{{2, 1, true}, {3, 2, true}}, "[1 2] [] [] [2] [] []"},
		{"out of order", files(1, 2), []Row{{2, 2, true}, {3, 1, true}}, "[1 2] [] [] [] [1] []"},
		{"taken back by an old goose", files(1, 2), []Row{{2, 1, true}, {3, 2, true}, {4, 2, false}}, "[1] [2] [] [] [] []"},
		{"and applied again", files(1, 2), []Row{{5, 2, true}, {2, 1, true}, {3, 2, true}, {4, 2, false}}, "[1 2] [] [] [] [] []"},
		{"two files of a version", files(1, 1), []Row{{2, 1, true}}, "[1] [] [] [] [] [1]"},
		{"nothing", nil, nil, "[] [] [] [] [] []"},
	} {
		l := Compare(c.files, c.rows)
		names := func(files []File) (all []int64) {
			for _, f := range files {
				all = append(all, f.Version)
			}
			return all
		}
		if got := fmt.Sprint(l.Applied, names(l.Pending), names(l.Holes), l.Unknown, l.OutOfOrder, l.Twice); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}
