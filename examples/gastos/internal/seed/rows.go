package seed

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"gastos/internal/auth"
)

const (
	numEmpresas = 3
	numUsuarios = 54
	numGastos   = 21_000
	numAdmins   = 3
)

// epoch is when the demo data begins.
var epoch = time.Date(2024, time.January, 1, 9, 0, 0, 0, time.UTC)

func empresaRows() [][]any {
	return [][]any{
		{int64(1), "Andes", "B10000001"},
		{int64(2), "Boreal", "B20000002"},
		{int64(3), "Cantábrico", "B30000003"},
	}
}

// usuarioRows hashes the password once per user, side by side: each user has a salt
// of their own, made from the number so that the rows are always the same.
func usuarioRows(password string) [][]any {
	rows := make([][]any, numUsuarios)
	var all sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i := range rows {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			n := int64(i + 1)
			sum := sha256.Sum256(fmt.Appendf(nil, "gastos seed %d", n))
			role := "empleado"
			if n <= numAdmins {
				role = "admin"
			}
			rows[i] = []any{n, fmt.Sprintf("Usuario %02d", n), fmt.Sprintf("usuario%02d@gastos.example", n), role, "password",
				auth.HashPassword(password, [16]byte(sum[:16])), epoch}
		})
	}
	all.Wait()
	return rows
}

// company is the first company of a user.
func company(usuario int64) int64 { return (usuario-1)%numEmpresas + 1 }

func membresiaRows() [][]any {
	var rows [][]any
	for n := int64(1); n <= numUsuarios; n++ {
		rows = append(rows, []any{n, company(n)})
	}
	for e := int64(2); e <= numEmpresas; e++ {
		rows = append(rows, []any{int64(1), e})
	}
	return rows
}

// gastoRows makes one expense after the other; it is a pgx.CopyFromSource.
type gastoRows struct {
	id   int64
	dice splitmix
}

func newGastoRows() *gastoRows { return &gastoRows{dice: 20240101} }

func (g *gastoRows) Next() bool { g.id++; return g.id <= numGastos }

func (g *gastoRows) Err() error { return nil }

func (g *gastoRows) Values() ([]any, error) {
	empresa := (g.id-1)%numEmpresas + 1
	// User n is of company (n-1)%3+1: the users of a company are three apart.
	usuario := empresa + numEmpresas*int64(g.dice.below(numUsuarios/numEmpresas))
	kind := kinds[g.dice.below(len(kinds))]
	fecha := epoch.AddDate(0, 0, g.dice.below(700))
	estado := [...]string{"pendiente", "aprobado", "aprobado", "rechazado"}[g.dice.below(4)]
	cents := 100 + g.dice.below(kind.mostCents)
	return []any{g.id, empresa, usuario, kind.conceptos[g.dice.below(len(kind.conceptos))],
		fmt.Sprintf("%d.%02d", cents/100, cents%100), kind.categoria, estado, fecha, fecha.Add(time.Duration(g.id) * time.Second)}, nil
}

var kinds = []struct {
	categoria string
	mostCents int
	conceptos []string
}{
	{"viaje", 40_000, []string{"Tren a Madrid", "Vuelo a Lisboa", "Taxi al aeropuerto", "Peaje AP-7", "Autobús urbano"}},
	{"comida", 9_000, []string{"Comida con cliente", "Cena de equipo", "Desayuno de trabajo", "Menú del día"}},
	{"alojamiento", 60_000, []string{"Hotel en Bilbao", "Hotel en Sevilla", "Apartamento en Valencia"}},
	{"material", 120_000, []string{"Monitor", "Teclado", "Papel y tóner", "Silla de oficina", "Cables y adaptadores"}},
	{"otros", 20_000, []string{"Inscripción a congreso", "Suscripción técnica", "Mensajería"}},
}

// splitmix is SplitMix64 (Steele, Lea and Flood, 2014): unlike a library's default
// generator its numbers will be the same in ten years.
type splitmix uint64

// below returns a number from 0 to n-1.
func (s *splitmix) below(n int) int {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}
