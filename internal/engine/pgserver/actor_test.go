package pgserver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// told is what a child in a role tells its parent, as one line of JSON.
type told struct {
	Dir   string
	Pid   int // of the server
	User  int // of the server
	Error string
}

func play(role string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	switch role {
	case "hold": // start, tell, and wait to be killed
		s, err := Start(ctx, Options{})
		if err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(describe(s)); err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, os.Stdin)
		return err
	case "round": // start, tell, stop
		s, err := Start(ctx, Options{})
		if err != nil {
			return err
		}
		said := describe(s)
		if err := s.Stop(); err != nil {
			said.Error = err.Error()
		}
		return json.NewEncoder(os.Stdout).Encode(said)
	case "cramped": // no file may grow beyond 1 MB
		signal.Ignore(syscall.SIGXFSZ)
		limit := &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, limit); err != nil {
			return err
		}
		_, err := Start(ctx, Options{})
		return err
	case "knock": // try the socket named by the environment, as another user
		config := "host=" + os.Getenv("PGSERVER_TEST_SOCKET") + " port=" + os.Getenv("PGSERVER_TEST_PORT") + " user=postgres dbname=postgres"
		_, err := pgx.Connect(ctx, config)
		return err
	}
	return fmt.Errorf("no role %q", role)
}

func describe(s *Server) told {
	said := told{Dir: s.SocketDir, Pid: s.process.command.Process.Pid, User: -1}
	if info, err := os.Stat(filepath.Join(s.SocketDir, dataName(s.SocketDir), "postmaster.pid")); err == nil {
		said.User = int(info.Sys().(*syscall.Stat_t).Uid) // the server made that file
	}
	return said
}

// actor is a child process in a role.
type actor struct {
	command *exec.Cmd
	lines   *json.Decoder
	stdin   io.Closer
	errors  *bytes.Buffer
}

// perform starts this test binary in a role, as another user when one is given.
func perform(t *testing.T, role string, as *user.User, env ...string) *actor {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a := &actor{errors: &bytes.Buffer{}}
	if as != nil {
		binary = publicCopy(t, binary)
	}
	a.command = exec.Command(binary)
	a.command.Env = append(os.Environ(), append(env, roleVariable+"="+role)...)
	a.command.Dir = "/"
	a.command.Stderr = a.errors
	if as != nil {
		a.command.SysProcAttr = &syscall.SysProcAttr{Credential: credential(t, as)}
	}
	stdout, err := a.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	a.lines = json.NewDecoder(stdout)
	if a.stdin, err = a.command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := a.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.command.Process.Kill(); _ = a.command.Wait() })
	return a
}

// says reads what the actor tells.
func (a *actor) says(t *testing.T) told {
	t.Helper()
	var line told
	if err := a.lines.Decode(&line); err != nil {
		_ = a.command.Wait()
		t.Fatalf("the child said nothing: %v\n%s", err, a.errors)
	}
	return line
}

func credential(t *testing.T, as *user.User) *syscall.Credential {
	t.Helper()
	uid, errUID := strconv.ParseUint(as.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(as.Gid, 10, 32)
	if errUID != nil || errGID != nil {
		t.Fatal(errUID, errGID)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// publicCopy puts the test binary where another user may run it.
func publicCopy(t *testing.T, binary string) string {
	t.Helper()
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(shortTemp(t), "pgserver.test")
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
