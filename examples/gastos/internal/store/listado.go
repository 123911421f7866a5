package store

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Page is one page of a listing: Number counts from 1.
type Page struct{ Number, Size int64 }

func (p Page) offset() int64 { return (p.Number - 1) * p.Size }

// Filter narrows the listing of one company's expenses; nil means any. Q is looked
// for in the concept, whatever its case.
type Filter struct {
	EmpresaID    int64
	Categoria    *string
	Estado       *string
	Desde, Hasta *string
	Q            *string
}

// The placeholders $1 to $6 are the fields of Filter, in their order.
const filtered = `
	from gastos g where g.empresa_id = $1
	and ($2::text is null or g.categoria = $2)
	and ($3::text is null or g.estado = $3)
	and ($4::text is null or g.fecha >= $4::text::date)
	and ($5::text is null or g.fecha <= $5::text::date)
	and ($6::text is null or g.concepto ilike $6)`

func (f Filter) args() []any {
	return []any{f.EmpresaID, f.Categoria, f.Estado, f.Desde, f.Hasta, containing(f.Q)}
}

// containing makes a pattern of ILIKE that finds text itself: its % and _ are not wild.
func containing(text *string) *string {
	if text == nil {
		return nil
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(*text) + "%"
	return &pattern
}

// Gastos lists the expenses of a company of the asker's, newest first. The total is
// counted in the same snapshot as the page.
func (s *Store) Gastos(ctx context.Context, asker int64, f Filter, page Page) (items []Gasto, total int64, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		if _, err := who(ctx, tx, asker); err != nil {
			return err
		}
		if err := member(ctx, tx, asker, f.EmpresaID); err != nil {
			return err
		}
		args := f.args()
		if err := tx.QueryRow(ctx, `select count(*)`+filtered, args...).Scan(&total); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select `+gastoColumns+filtered+` order by g.fecha desc, g.id desc limit $7 offset $8`,
			append(args, page.Size, page.offset())...)
		items, err = pgx.CollectRows(rows, scanGasto)
		return err
	})
	return items, total, err
}
