package sql

import (
	"testing"
)

func TestTryLeavesNothingBehind(t *testing.T) {
	s := newPlace(t, newServer(t).SuperuserURL("postgres")).open(t)
	for _, statement := range []string{"drop table if exists tried", "create table tried (id int primary key, n int not null check (n > 0))", "insert into tried values (1, 1)"} {
		if err := s.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		statement, state string
		rows             int64
	}{
		{"insert into tried values (2, 1)", Successful, 1},
		{"update tried set n = 5 where id = 99", Successful, 0},
		{"insert into tried values (2, 0)", "23514", 0},
		{"insert into tried values (2, null)", "23502", 0},
		{"insert into tried values (1, 1)", "23505", 0},
		{"select nonsense from tried", "42703", 0},
		{"not a statement", "42601", 0},
	} {
		got, err := s.Try(t.Context(), "", c.statement)
		if err != nil || got.State != c.state || got.Rows != c.rows {
			t.Errorf("%s: %+v, %v; want %s with %d rows", c.statement, got, err, c.state, c.rows)
		}
	}
	var n int
	if err := s.One(t.Context(), "select count(*)::int from tried", &n); err != nil || n != 1 {
		t.Errorf("%d rows are left, %v", n, err)
	}
	if _, err := s.Try(t.Context(), "nobody of this name", "select 1"); err == nil {
		t.Error("a role that is not there tried something")
	}
	if got, err := s.Try(t.Context(), "", "select 1"); err != nil || got.State != Successful {
		t.Errorf("afterwards the session says %+v, %v", got, err)
	}
}
