// Package testdb gives each test a PostgreSQL database of its own.
//
// It knows how to make one, with the two roles of the service, and how to leave
// nothing behind. It does not start a server: GASTOS_TEST_DATABASE_URL names one.
package testdb

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/seed"
	"gastos/migrations"
)

// Password is the password of every seeded user.
const Password = "clave de prueba larga"

// Database is an empty database with two roles, removed when the test ends.
type Database struct {
	Name string
	// Super, Owner and App connect to it: as the superuser, as the role that owns
	// the schema, and as the role of the service.
	Super, Owner, App string
	AppRole           string
}

// New makes a database. It fails the test when no server is named.
func New(t *testing.T) Database {
	t.Helper()
	super := os.Getenv("GASTOS_TEST_DATABASE_URL")
	if super == "" {
		t.Fatal("GASTOS_TEST_DATABASE_URL is not set: this test needs the URL of a superuser of a disposable PostgreSQL, 14 or later")
	}
	id := strings.ToLower(rand.Text()[:12])
	d := Database{Name: "gastos_" + id, AppRole: "gastos_app_" + id}
	owner, password := "gastos_owner_"+id, rand.Text()
	d.Super = with(t, super, d.Name, nil)
	d.Owner = with(t, super, d.Name, url.UserPassword(owner, password))
	d.App = with(t, super, d.Name, url.UserPassword(d.AppRole, password))
	Exec(t, super,
		fmt.Sprintf(`create role %s login password '%s'`, owner, password),
		fmt.Sprintf(`create role %s login password '%s'`, d.AppRole, password),
		fmt.Sprintf(`create database %s owner %s`, d.Name, owner))
	t.Cleanup(func() {
		Exec(t, super,
			fmt.Sprintf(`drop database %s with (force)`, d.Name),
			fmt.Sprintf(`drop role %s, %s`, owner, d.AppRole))
	})
	return d
}

// Migrated makes a database with the schema of today.
func Migrated(t *testing.T) Database {
	t.Helper()
	d := New(t)
	m := d.Migrator(t)
	if _, err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// users are the same for every test of a process; to hash their passwords takes
// longer than most tests.
var users = sync.OnceValue(func() seed.Hashed { return seed.Hash(Password) })

// Seeded makes a database with the demo data.
func Seeded(t *testing.T) Database {
	t.Helper()
	d := Migrated(t)
	if err := seed.Run(t.Context(), d.Owner, users, slog.New(slog.NewTextHandler(io.Discard, nil))); err != nil {
		t.Fatal(err)
	}
	return d
}

// Migrator walks the database through the history, as its owner.
func (d Database) Migrator(t *testing.T) *migrations.Migrator {
	t.Helper()
	m, err := migrations.Open(t.Context(), d.Owner, d.AppRole, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

// Connect opens a connection that is closed when the test ends.
func Connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// Exec runs statements, each in a transaction of its own.
func Exec(t *testing.T, url string, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Close closes a pool when the test ends, and fails the test if a connection never
// comes home.
func Close(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	t.Cleanup(func() {
		closed := make(chan struct{})
		go func() { pool.Close(); close(closed) }()
		select {
		case <-closed:
		case <-time.After(20 * time.Second):
			t.Error("a connection never came home")
		}
	})
}

// Eventually waits until the query is true. It bounds a wait, it measures nothing.
func Eventually(t *testing.T, conn *pgx.Conn, what, query string, args ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		var is bool
		if err := conn.QueryRow(ctx, query, args...).Scan(&is); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if is {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("did not happen: %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func with(t *testing.T, base, database string, user *url.Userinfo) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal("GASTOS_TEST_DATABASE_URL is not a URL")
	}
	u.Path = "/" + database
	if user != nil {
		u.User = user
	}
	return u.String()
}
