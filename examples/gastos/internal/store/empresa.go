package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Empresa is a company.
type Empresa struct {
	ID     int64  `json:"id"`
	Nombre string `json:"nombre"`
	NIF    string `json:"nif"`
}

// Empresas lists the companies of the asker.
func (s *Store) Empresas(ctx context.Context, asker int64) (items []Empresa, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		if _, err := who(ctx, tx, asker); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `
			select e.id, e.nombre, e.nif from empresas e
			join membresias m on m.empresa_id = e.id
			where m.usuario_id = $1 order by e.id`, asker)
		items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Empresa, err error) {
			err = row.Scan(&e.ID, &e.Nombre, &e.NIF)
			return e, err
		})
		return err
	})
	return items, err
}
