// Package pgserver starts a throw-away PostgreSQL server from the binaries of
// this machine: a real one, empty, on a free port, gone when the program ends.
//
// It knows where the binaries are, how to get a data directory quickly (initdb
// once, then copies of a packed template), who may run the server (never root),
// and how to leave nothing behind, even when the program is killed.
//
// It does not know what the server is for: no migrations, no dumps, no checks.
//
// Two doors lead into a server. The Unix socket asks for no password, and lies
// in a directory that only the server's user (and root) may enter. TCP listens
// on 127.0.0.1 only and asks for a password (SCRAM) that is new at each start.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	superuser = "postgres"

	// startTimeout bounds a start, initdb on a busy machine included.
	startTimeout = 60 * time.Second

	// portAttempts is how often a start tries another port when a stranger
	// takes the free one between the look and the bind.
	portAttempts = 5
)

// Server is a running throw-away PostgreSQL. Its methods may be called from
// several goroutines.
type Server struct {
	// Binaries are the programs it was started from; its client programs match
	// the server's version.
	Binaries Binaries

	// SocketDir holds the Unix socket. Only root and the server's user may
	// enter it.
	SocketDir string

	// Port is the TCP port on 127.0.0.1, and the number in the socket's name.
	Port int

	// SystemIdentifier is what pg_control_system() reports: a decimal number,
	// different for each server although their data come from one template.
	SystemIdentifier string

	dir     *workdir
	process *process

	mu        sync.Mutex
	passwords map[string]string // by role

	stopOnce sync.Once
	stopErr  error
	lastLog  string // the tail of the log, kept when Stop removes the file
}

// Start brings up a server and returns once it has answered a query. The
// context bounds the start only; the server lives until Stop, or until the
// program dies. A start that fails or is cancelled leaves nothing behind. Start
// also removes what killed programs left in the temporary directory.
func Start(ctx context.Context, options Options) (*Server, error) {
	return start(ctx, options, freePort)
}

func start(ctx context.Context, options Options, pickPort func() (int, error)) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	config, err := options.config()
	if err != nil {
		return nil, err
	}
	binaries, err := Find(ctx)
	if err != nil {
		return nil, err
	}
	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	sweep(account)
	dir, err := newWorkdir(account)
	if err != nil {
		return nil, err
	}
	s := &Server{Binaries: binaries, SocketDir: dir.path, dir: dir, passwords: map[string]string{}}
	if err := s.bringUp(ctx, config, pickPort); err != nil {
		err = s.explain(err)
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// bringUp fills the work directory, launches the server and waits for it.
func (s *Server) bringUp(ctx context.Context, config string, pickPort func() (int, error)) error {
	if err := s.dir.writeConfig(config); err != nil {
		return err
	}
	if err := provision(ctx, s.Binaries, s.dir); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		port, err := pickPort()
		if err != nil {
			return fmt.Errorf("look for a free port on 127.0.0.1: %w", err)
		}
		s.Port = port
		s.process, err = launch(s.dir.postgres(s.Binaries, port), syscall.SIGINT)
		if err != nil {
			return fmt.Errorf("run %s: %w", s.Binaries.Postgres, err)
		}
		err = s.awaitFirstQuery(ctx)
		if err == nil || attempt == portAttempts || !errors.Is(err, errExited) || !s.portWasTaken() {
			return err
		}
	}
}

// portWasTaken reads the reason of an exit from the log, which is in English
// because the server runs with LC_ALL=C.
func (s *Server) portWasTaken() bool {
	return strings.Contains(s.dir.logTail(), fmt.Sprintf("Is another postmaster already running on port %d?", s.Port))
}

var errExited = errors.New("the server exited before it answered")

// awaitFirstQuery asks until the server answers. The first question is of use:
// it sets the superuser's password (before it, TCP lets nobody in) and reads the
// server's identity.
func (s *Server) awaitFirstQuery(ctx context.Context) error {
	for {
		err := s.firstQuery(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.process.done:
			return fmt.Errorf("%w (%v)", errExited, s.process.state)
		case <-ctx.Done():
			return fmt.Errorf("no answer from the server in time (%w): %v", context.Cause(ctx), err)
		case <-time.After(3 * time.Millisecond):
		}
	}
}

// explain adds to the error of a start what the user can do, and what the
// server said.
func (s *Server) explain(err error) error {
	log := s.Log()
	advice := "read the server's log"
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		advice = "the start was cancelled or the machine is overloaded, try again"
	case errors.Is(err, syscall.ENOSPC), strings.Contains(log, "No space left on device"):
		advice = "the disk is full, free some space there or set TMPDIR to a directory with 100 MB"
	case strings.Contains(log, "could not look up effective user ID"):
		advice = "give that user an entry in /etc/passwd, initdb insists on one"
	case errors.Is(err, syscall.EACCES):
		advice = fmt.Sprintf("let user %s read %s and enter %s, or set TMPDIR",
			s.dir.account.name, s.Binaries.Dir, filepath.Dir(s.dir.path))
	}
	if log != "" {
		log = "\nthe end of the server's log:\n" + log
	}
	return fmt.Errorf("pgserver: cannot start PostgreSQL %s in %s: %w: %s%s",
		s.Binaries.Version, s.dir.path, err, advice, log)
}

// Stop ends the server and removes its directory. Later calls return the
// result of the first.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() {
		if s.process != nil {
			s.process.shutDown()
		}
		tail := s.dir.logTail()
		s.stopErr = s.dir.remove()
		s.mu.Lock()
		s.lastLog = tail
		s.mu.Unlock()
	})
	return s.stopErr
}

// Log returns the end of the server's log, 16 KiB at most, also after Stop.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lastLog != "" {
		return s.lastLog
	}
	return s.dir.logTail()
}

// URL is the address of a database over TCP, as a DATABASE_URL. It carries the
// password when the user is the superuser or was made by CreateRole.
func (s *Server) URL(database, user string) string {
	s.mu.Lock()
	password, known := s.passwords[user]
	s.mu.Unlock()
	address := url.URL{
		Scheme:   "postgres",
		User:     url.User(user),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	if known {
		address.User = url.UserPassword(user, password)
	}
	return address.String()
}

// SuperuserURL is the address of a database for the superuser. It is a secret.
func (s *Server) SuperuserURL(database string) string { return s.URL(database, superuser) }

// freePort asks the kernel for a port that nobody uses now.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
