package seed_test

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"gastos/internal/seed"
	"gastos/internal/testdb"
)

func fingerprint(t *testing.T, conn *pgx.Conn) (sum string) {
	t.Helper()
	for _, table := range []string{"empresas", "usuarios", "membresias", "gastos"} {
		var one string
		if err := conn.QueryRow(t.Context(), `select md5(string_agg(r::text, '|' order by r::text)) from `+table+` r`).Scan(&one); err != nil {
			t.Fatal(err)
		}
		sum += one
	}
	return sum
}

func plant(t *testing.T, url string) error {
	return seed.Run(t.Context(), url, func() seed.Hashed { return seed.Hash(testdb.Password) }, slog.New(slog.NewTextHandler(io.Discard, nil)))
}

func TestTheSameEveryTime(t *testing.T) {
	d := testdb.Seeded(t)
	conn := testdb.Connect(t, d.Owner)
	first := fingerprint(t, conn)
	testdb.Exec(t, d.Owner, `delete from gastos where id % 2 = 0`, `update usuarios set nombre = 'x'`)
	if fingerprint(t, conn) == first {
		t.Fatal("the fingerprint sees nothing")
	}
	if err := plant(t, d.Owner); err != nil {
		t.Fatal(err)
	}
	if fingerprint(t, conn) != first {
		t.Error("the second seed differs from the first")
	}
}

func TestWhatIsThere(t *testing.T) {
	conn := testdb.Connect(t, testdb.Seeded(t).Owner)
	for what, query := range map[string]string{
		"3 companies":                   `select count(*) = 3 from empresas`,
		"54 users, 3 of them admins":    `select count(*) = 54 and count(*) filter (where role = 'admin') = 3 and bool_and((role = 'admin') = (id <= 3)) from usuarios`,
		"e-mail addresses":              `select bool_and(email = format('usuario%s@gastos.example', lpad(id::text, 2, '0'))) from usuarios`,
		"a salt each":                   `select count(distinct password_hash) = 54 from usuarios`,
		"user n is of (n-1)%3+1":        `select count(*) = 54 from membresias where empresa_id = (usuario_id - 1) % 3 + 1`,
		"user 1 is of all, no one else": `select count(*) = 56 and count(*) filter (where usuario_id = 1) = 3 from membresias`,
		"7000 expenses each":            `select count(*) = 3 and bool_and(n = 7000) from (select count(*) n from gastos group by empresa_id) x`,
		"by members only":               `select not exists (select from gastos g where not exists (select from membresias m where (m.usuario_id, m.empresa_id) = (g.usuario_id, g.empresa_id)))`,
		"of all kinds and states":       `select count(distinct categoria) = 5 and count(distinct estado) = 3 from gastos`,
		"the next id is free":           `select nextval(pg_get_serial_sequence('gastos', 'id')) = 21001 and nextval(pg_get_serial_sequence('usuarios', 'id')) = 55`,
	} {
		var is bool
		if err := conn.QueryRow(t.Context(), query).Scan(&is); err != nil || !is {
			t.Errorf("%s: %v, %v", what, is, err)
		}
	}
}

func TestRefusesStrangers(t *testing.T) {
	d := testdb.Migrated(t)
	testdb.Exec(t, d.Owner, `insert into usuarios (nombre, email, password_hash) values ('x', 'someone@company.example', 'h')`)
	if err := plant(t, d.Owner); err == nil || !strings.Contains(err.Error(), "outside gastos.example") {
		t.Errorf("a real user was about to go: %v", err)
	}
	if err := plant(t, d.App); err == nil {
		t.Error("the service's role may seed")
	}
}
