// Package scratch is the instrument that sets up throw-away PostgreSQL servers
// for rehearsals: a database to restore into, to migrate up and down, to break.
//
// It writes down what it sets up and hides the passwords that it makes. It does
// not know what is rehearsed.
package scratch

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"listo/internal/engine/pgserver"
	"listo/internal/engine/redact"
	"listo/internal/lab"
)

// Server is a running throw-away server. Stop it.
type Server struct {
	*pgserver.Server
	record *lab.Recorder
	roles  []string
}

// Start brings up a server with these roles, which may log in. A durable one
// writes to the disk as a real one does. The context bounds the start only.
func Start(ctx context.Context, r *lab.Recorder, durable bool, roles []string) (*Server, error) {
	touch := r.Touch("scratch", "# a throw-away PostgreSQL of listo's own for a rehearsal")
	s := &Server{record: r}
	var err error
	if s.Server, err = pgserver.Start(ctx, pgserver.Options{Durable: durable, MaxConnections: 50}); err == nil {
		s.hide(s.SuperuserURL("postgres"))
		err = s.createRoles(ctx, roles)
	}
	touch.End(0, err)
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("scratch: %w", err)
	}
	return s, nil
}

// superuser is the role that every server begins with.
const superuser = "postgres"

func (s *Server) createRoles(ctx context.Context, roles []string) error {
	for _, role := range roles {
		if role == "" || role == superuser || slices.Contains(s.roles, role) {
			continue
		}
		if err := s.CreateRole(ctx, role); err != nil {
			return err
		}
		s.roles = append(s.roles, role)
		s.hide(s.URL("postgres", role))
	}
	return nil
}

// hide makes the record know the password of a URL.
func (s *Server) hide(address string) {
	u, err := url.Parse(address)
	if err != nil {
		return
	}
	if password, set := u.User.Password(); set {
		s.record.Learn(redact.Secret{Name: "SCRATCH_PASSWORD", Value: password})
	}
}

// Create makes an empty database of the owner.
func (s *Server) Create(ctx context.Context, name, owner string) error {
	if owner == "" {
		owner = superuser
	}
	touch := s.record.Touch("scratch", fmt.Sprintf("# create database %q owner %q template template0", name, owner))
	err := s.CreateDatabase(ctx, name, owner)
	touch.End(0, err)
	return err
}

// Clone copies a database that nobody is connected to.
func (s *Server) Clone(ctx context.Context, from, name string) error {
	touch := s.record.Touch("scratch", fmt.Sprintf("# create database %q template %q", name, from))
	err := s.CloneDatabase(ctx, from, name)
	touch.End(0, err)
	return err
}

// Stop ends the server and removes all it held.
func (s *Server) Stop() {
	if s.Server != nil {
		_ = s.Server.Stop() // what it leaves, the next start sweeps
	}
}
