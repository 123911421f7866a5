package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Gasto is an expense. Importe is a decimal with two places, Fecha a date
// YYYY-MM-DD, both as text: neither survives a float or a time zone.
type Gasto struct {
	ID        int64     `json:"id"`
	EmpresaID int64     `json:"empresaId"`
	UsuarioID int64     `json:"usuarioId"`
	Concepto  string    `json:"concepto"`
	Importe   string    `json:"importe"`
	Moneda    string    `json:"moneda"`
	Categoria string    `json:"categoria"`
	Estado    string    `json:"estado"`
	Fecha     string    `json:"fecha"`
	CreadoEn  time.Time `json:"creadoEn"`
}

// NuevoGasto is what a user writes down to create an expense.
type NuevoGasto struct {
	EmpresaID int64
	Concepto  string
	Importe   string
	Categoria string
	Fecha     string
}

// CambioGasto is the whole of what may change in an expense.
type CambioGasto struct {
	Concepto  string
	Importe   string
	Categoria string
	Fecha     string
	Estado    string
}

const gastoColumns = `g.id, g.empresa_id, g.usuario_id, g.concepto, g.importe::text, g.moneda, g.categoria, g.estado,
	to_char(g.fecha, 'YYYY-MM-DD'), g.creado_en`

func scanGasto(row pgx.CollectableRow) (Gasto, error) {
	var g Gasto
	err := row.Scan(&g.ID, &g.EmpresaID, &g.UsuarioID, &g.Concepto, &g.Importe, &g.Moneda, &g.Categoria, &g.Estado,
		&g.Fecha, &g.CreadoEn)
	g.CreadoEn = g.CreadoEn.UTC()
	return g, err
}

// Gasto returns one expense of a company of the asker's.
func (s *Store) Gasto(ctx context.Context, asker, id int64) (g Gasto, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		if _, err := who(ctx, tx, asker); err != nil {
			return err
		}
		g, err = visible(ctx, tx, asker, id, "")
		return err
	})
	return g, err
}

// CreateGasto writes an expense of the asker's down.
func (s *Store) CreateGasto(ctx context.Context, asker int64, n NuevoGasto) (g Gasto, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		if _, err := who(ctx, tx, asker); err != nil {
			return err
		}
		if err := member(ctx, tx, asker, n.EmpresaID); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `
			insert into gastos as g (empresa_id, usuario_id, concepto, importe, categoria, fecha)
			values ($1, $2, $3, $4::text::numeric, $5, $6::text::date) returning `+gastoColumns,
			n.EmpresaID, asker, n.Concepto, n.Importe, n.Categoria, n.Fecha)
		g, err = pgx.CollectExactlyOneRow(rows, scanGasto)
		return err
	})
	return g, err
}

// UpdateGasto replaces what may change in an expense. Its author may change it, and
// an admin of its company; only an admin changes its state.
func (s *Store) UpdateGasto(ctx context.Context, asker, id int64, c CambioGasto) (g Gasto, err error) {
	err = s.write(ctx, func(tx pgx.Tx) error {
		me, old, err := editable(ctx, tx, asker, id)
		if err != nil {
			return err
		}
		if c.Estado != old.Estado && me.Role != Admin {
			return ErrForbidden
		}
		rows, _ := tx.Query(ctx, `
			update gastos g set concepto = $2, importe = $3::text::numeric, categoria = $4, fecha = $5::text::date, estado = $6
			where g.id = $1 returning `+gastoColumns,
			id, c.Concepto, c.Importe, c.Categoria, c.Fecha, c.Estado)
		g, err = pgx.CollectExactlyOneRow(rows, scanGasto)
		return err
	})
	return g, err
}

// DeleteGasto deletes an expense. Its author may, and an admin of its company.
func (s *Store) DeleteGasto(ctx context.Context, asker, id int64) error {
	return s.write(ctx, func(tx pgx.Tx) error {
		if _, _, err := editable(ctx, tx, asker, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from gastos where id = $1`, id)
		return err
	})
}

// visible finds an expense that the asker may see; lock is "" or "for update of g".
func visible(ctx context.Context, tx pgx.Tx, asker, id int64, lock string) (Gasto, error) {
	rows, _ := tx.Query(ctx, `
		select `+gastoColumns+` from gastos g
		join membresias m on m.empresa_id = g.empresa_id and m.usuario_id = $1
		where g.id = $2 `+lock, asker, id)
	g, err := pgx.CollectExactlyOneRow(rows, scanGasto)
	return g, notFound(err)
}

// editable finds an expense that the asker may change, and locks it.
func editable(ctx context.Context, tx pgx.Tx, asker, id int64) (Usuario, Gasto, error) {
	me, err := who(ctx, tx, asker)
	if err != nil {
		return Usuario{}, Gasto{}, err
	}
	g, err := visible(ctx, tx, asker, id, "for update of g")
	if err != nil {
		return Usuario{}, Gasto{}, err
	}
	if g.UsuarioID != asker && me.Role != Admin {
		return Usuario{}, Gasto{}, ErrForbidden
	}
	return me, g, nil
}
