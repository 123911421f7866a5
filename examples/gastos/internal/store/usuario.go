package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// Admin is the role that sees and changes everything in its companies.
const Admin = "admin"

// Usuario is a user. Role is admin or empleado; AuthMethod is password or sso.
type Usuario struct {
	ID         int64  `json:"id"`
	Nombre     string `json:"nombre"`
	Email      string `json:"email"`
	Role       string `json:"role"`
	AuthMethod string `json:"authMethod"`
}

const usuarioColumns = `u.id, u.nombre, u.email, u.role::text, u."authMethod"`

func scanUsuario(row pgx.CollectableRow) (Usuario, error) {
	var u Usuario
	err := row.Scan(&u.ID, &u.Nombre, &u.Email, &u.Role, &u.AuthMethod)
	return u, err
}

// Credentials finds the user of an e-mail address and the password's hash, which is
// empty for a user who cannot log in by password. ErrNotFound if there is none.
func (s *Store) Credentials(ctx context.Context, email string) (u Usuario, hash string, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		row := tx.QueryRow(ctx, `
			select `+usuarioColumns+`, case when u."authMethod" = 'password' then coalesce(u.password_hash, '') else '' end
			from usuarios u where lower(u.email) = lower($1)`, email)
		err := row.Scan(&u.ID, &u.Nombre, &u.Email, &u.Role, &u.AuthMethod, &hash)
		return notFound(err)
	})
	return u, hash, err
}

// Me returns the user who asks.
func (s *Store) Me(ctx context.Context, asker int64) (u Usuario, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		u, err = who(ctx, tx, asker)
		return err
	})
	return u, err
}

// Usuarios lists the users who share a company with the asker, or of one company of
// the asker's when empresaID is not nil. For an admin only.
func (s *Store) Usuarios(ctx context.Context, asker int64, empresaID *int64, page Page) (items []Usuario, total int64, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		u, err := who(ctx, tx, asker)
		if err != nil {
			return err
		}
		if u.Role != Admin {
			return ErrForbidden
		}
		if empresaID != nil {
			if err := member(ctx, tx, asker, *empresaID); err != nil {
				return err
			}
		}
		const colleagues = `
			from usuarios u where u.id in (
				select theirs.usuario_id from membresias mine
				join membresias theirs using (empresa_id)
				where mine.usuario_id = $1 and ($2::bigint is null or empresa_id = $2))`
		if err := tx.QueryRow(ctx, `select count(*)`+colleagues, asker, empresaID).Scan(&total); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select `+usuarioColumns+colleagues+` order by u.id limit $3 offset $4`,
			asker, empresaID, page.Size, page.offset())
		items, err = pgx.CollectRows(rows, scanUsuario)
		return err
	})
	return items, total, err
}

// Usuario returns one user. An employee may ask for themself only, an admin for
// anyone who shares a company.
func (s *Store) Usuario(ctx context.Context, asker, id int64) (u Usuario, err error) {
	err = s.read(ctx, func(tx pgx.Tx) error {
		me, err := who(ctx, tx, asker)
		if err != nil {
			return err
		}
		if id == asker {
			u = me
			return nil
		}
		if me.Role != Admin {
			return ErrForbidden
		}
		rows, _ := tx.Query(ctx, `
			select `+usuarioColumns+` from usuarios u where u.id = $2 and exists (
				select from membresias mine join membresias theirs using (empresa_id)
				where mine.usuario_id = $1 and theirs.usuario_id = $2)`, asker, id)
		u, err = pgx.CollectExactlyOneRow(rows, scanUsuario)
		return notFound(err)
	})
	return u, err
}

// who looks the asker up: a token may outlive its user.
func who(ctx context.Context, tx pgx.Tx, asker int64) (Usuario, error) {
	rows, _ := tx.Query(ctx, `select `+usuarioColumns+` from usuarios u where u.id = $1`, asker)
	u, err := pgx.CollectExactlyOneRow(rows, scanUsuario)
	if errors.Is(err, pgx.ErrNoRows) {
		return Usuario{}, ErrUnknownUser
	}
	return u, err
}

// member refuses a company that is not the asker's. Whether it exists is not told.
func member(ctx context.Context, tx pgx.Tx, asker, empresaID int64) error {
	var is bool
	err := tx.QueryRow(ctx, `select exists (select from membresias where usuario_id = $1 and empresa_id = $2)`,
		asker, empresaID).Scan(&is)
	if err == nil && !is {
		return ErrForbidden
	}
	return err
}

func notFound(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
