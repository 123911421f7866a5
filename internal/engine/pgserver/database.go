package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// queryTimeout bounds one administrative action when the caller's context
	// does not; a clone of a big database takes the longest.
	queryTimeout = 2 * time.Minute

	// maxName is NAMEDATALEN-1: PostgreSQL cuts a longer name with a mere notice.
	maxName = 63

	objectInUse = "55006" // SQLSTATE
)

// CreateRole makes a role that may log in, with a random password that URL knows.
func (s *Server) CreateRole(ctx context.Context, name string) error {
	role, err := quote(name)
	if err != nil {
		return err
	}
	password := rand.Text()
	if err := s.exec(ctx, fmt.Sprintf("create role %s login password '%s'", role, password)); err != nil {
		return fmt.Errorf("pgserver: create role %q: %w", name, err)
	}
	s.setPassword(name, password)
	return nil
}

// CreateDatabase makes an empty database of the owner. It starts from template0,
// so that nothing written into template1 leaks in.
func (s *Server) CreateDatabase(ctx context.Context, name, owner string) error {
	database, errName := quote(name)
	role, errOwner := quote(owner)
	if err := errors.Join(errName, errOwner); err != nil {
		return err
	}
	if err := s.exec(ctx, fmt.Sprintf("create database %s owner %s template template0", database, role)); err != nil {
		return fmt.Errorf("pgserver: create database %q: %w", name, err)
	}
	return nil
}

// CloneDatabase copies a database that nobody is connected to: its content, and
// what CREATE DATABASE leaves out, its owner, its grants and the settings made
// with ALTER DATABASE.
func (s *Server) CloneDatabase(ctx context.Context, template, name string) error {
	from, errFrom := quote(template)
	to, errTo := quote(name)
	if err := errors.Join(errFrom, errTo); err != nil {
		return err
	}
	if err := s.exec(ctx, fmt.Sprintf("create database %s template %s", to, from)); err != nil {
		return cloneError(template, name, err)
	}
	if err := s.copyAttributes(ctx, template, name, to); err != nil {
		return errors.Join(cloneError(template, name, err), s.DropDatabase(context.WithoutCancel(ctx), name))
	}
	return nil
}

// copyAttributes writes the catalog rows directly: there is no SQL that takes a
// grant or a list setting over unchanged.
func (s *Server) copyAttributes(ctx context.Context, template, name, quoted string) error {
	return s.admin(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		var owner string
		err := conn.QueryRow(ctx, `select pg_get_userbyid(datdba) from pg_database where datname = $1`, template).Scan(&owner)
		if err != nil {
			return err
		}
		changes := &pgx.Batch{}
		changes.Queue(fmt.Sprintf("alter database %s owner to %s", quoted, pgx.Identifier{owner}.Sanitize()))
		changes.Queue(`update pg_database set datacl = source.datacl, datconnlimit = source.datconnlimit
			from pg_database source where source.datname = $1 and pg_database.datname = $2`, template, name)
		changes.Queue(`insert into pg_db_role_setting (setdatabase, setrole, setconfig)
			select target.oid, setting.setrole, setting.setconfig
			from pg_db_role_setting setting
			join pg_database source on source.oid = setting.setdatabase and source.datname = $1,
			pg_database target where target.datname = $2`, template, name)
		return conn.SendBatch(ctx, changes).Close()
	})
}

func cloneError(template, name string, err error) error {
	advice := ""
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == objectInUse {
		advice = ": close every connection to it first"
	}
	return fmt.Errorf("pgserver: clone database %q to %q: %w%s", template, name, err, advice)
}

// DropDatabase removes a database, and ends the sessions in it. It is no error
// if there is no such database.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	database, err := quote(name)
	if err != nil {
		return err
	}
	if err := s.exec(ctx, fmt.Sprintf("drop database if exists %s with (force)", database)); err != nil {
		return fmt.Errorf("pgserver: drop database %q: %w", name, err)
	}
	return nil
}

// firstQuery gives the superuser a password and learns the server's identity.
func (s *Server) firstQuery(ctx context.Context) error {
	return s.admin(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		password := rand.Text()
		if _, err := conn.Exec(ctx, fmt.Sprintf("alter role %s password '%s'", superuser, password)); err != nil {
			return err
		}
		s.setPassword(superuser, password)
		return conn.QueryRow(ctx, "select system_identifier::text from pg_control_system()").Scan(&s.SystemIdentifier)
	})
}

func (s *Server) setPassword(role, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passwords[role] = password
}

func (s *Server) exec(ctx context.Context, sql string) error {
	return s.admin(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, sql)
		return err
	})
}

// admin does something as the superuser, over the socket, on a connection of its
// own: none is left open to be counted by those who count connections.
func (s *Server) admin(ctx context.Context, action func(context.Context, *pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	config, err := pgx.ParseConfig(fmt.Sprintf("host=/ port=%d user=%s dbname=postgres sslmode=disable target_session_attrs=any", s.Port, superuser))
	if err != nil {
		return err
	}
	config.Host = s.SocketDir                 // not in the string above: a path may hold quotes
	config.RuntimeParams = map[string]string{ // and nothing from PGOPTIONS
		"application_name":        "listo-pgserver",
		"log_min_error_statement": "panic", // statements here carry passwords
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return action(ctx, conn)
}

func quote(name string) (string, error) {
	if name == "" || len(name) > maxName || strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("pgserver: name %.80q: use 1 to %d bytes without NUL", name, maxName)
	}
	return pgx.Identifier{name}.Sanitize(), nil
}
