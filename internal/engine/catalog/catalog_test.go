package catalog

import (
	"testing"
)

func TestCompareNamesWhatDiffers(t *testing.T) {
	want := Catalog{{"column", "public.t.a", "text"}, {"column", "public.t.b", "integer"}, {"index", "public.i", "CREATE INDEX i"}}
	got := Catalog{{"column", "public.t.a", "text"}, {"column", "public.t.b", "bigint"}, {"trigger", "g on public.t", "CREATE TRIGGER g"}}
	changes := Compare(want, got)
	expected := []Change{{"column", "public.t.b", "integer", "bigint"}, {"index", "public.i", "CREATE INDEX i", ""}, {"trigger", "g on public.t", "", "CREATE TRIGGER g"}}
	if len(changes) != len(expected) {
		t.Fatalf("%+v", changes)
	}
	for i := range expected {
		if changes[i] != expected[i] {
			t.Errorf("%+v, want %+v", changes[i], expected[i])
		}
	}
	if len(Compare(want, want)) != 0 || want.Digest() == got.Digest() {
		t.Error("equal ones differ, or different ones are equal")
	}
}

func TestCompareRows(t *testing.T) {
	want := []Rows{{"public.a", 1, "x"}, {"public.b", 2, "y"}, {"public.c", 0, "0"}}
	got := []Rows{{"public.a", 1, "x"}, {"public.b", 2, "z"}, {"public.d", 0, "0"}}
	changes := CompareRows(want, got)
	if len(changes) != 3 || changes[0].Name != "public.b" || !changes[1].Missing || !changes[2].Added {
		t.Errorf("%+v", changes)
	}
}

func TestACastOfVarcharsMeansTheSame(t *testing.T) {
	written := `CHECK (((estado)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[])))`
	dumped := `CHECK (((estado)::text = ANY (ARRAY[('a'::character varying)::text, ('it''s'::character varying)::text])))`
	if canonical(written) != canonical(dumped) {
		t.Errorf("%s\n%s", canonical(written), canonical(dumped))
	}
	if canonical(written) == canonical(`CHECK (((estado)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))`) {
		t.Error("other values are the same")
	}
}
