package listo_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"

	"github.com/jackc/pgx/v5/pgxpool"
)

// countd is the smallest service worth an audit: it lists the items of a table,
// serves the folder public, and starts whether it has its secret or not. It
// writes one line per request into the file that COUNT_FILE names, so that a
// story can count who really came.
//
//	countd prepare   makes the table in DATABASE_URL
//	countd serve     answers on PORT until it is killed
func countd(args []string) int {
	if err := countdVerb(context.Background(), args); err != nil {
		fmt.Fprintln(os.Stderr, "countd:", err)
		return 1
	}
	return 0
}

func countdVerb(ctx context.Context, args []string) error {
	items, err := openItems(ctx)
	if err != nil {
		return err
	}
	if len(args) == 1 && args[0] == "prepare" {
		_, err := items.Exec(ctx, `create table items as select generate_series(1, 100) as id; grant select on items to public`)
		return err
	}
	count, err := os.OpenFile(os.Getenv("COUNT_FILE"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer count.Close()
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServer(http.Dir("public")))
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ready") })
	mux.HandleFunc("POST /login", login)
	mux.HandleFunc("GET /items", func(w http.ResponseWriter, r *http.Request) {
		var n int
		if err := items.QueryRow(r.Context(), `select count(*) from items`).Scan(&n); err != nil {
			http.Error(w, "no items", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(w, "{\"items\":%d}\n", n)
	})
	return http.ListenAndServe(net.JoinHostPort("127.0.0.1", os.Getenv("PORT")), counted(count, mux))
}

// openItems opens the pool of CONNECTION_POOL_SIZE connections. Without a
// DATABASE_URL it opens on its first use, and fails.
func openItems(ctx context.Context) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(os.Getenv("CONNECTION_POOL_SIZE")); err == nil {
		cfg.MaxConns = int32(n)
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = "countd"
	return pgxpool.NewWithConfig(ctx, cfg)
}

// login gives a token to whoever knows LOGIN_PASSWORD.
func login(w http.ResponseWriter, r *http.Request) {
	var body struct{ Password string }
	if err := json.NewDecoder(io.LimitReader(r.Body, 1<<10)).Decode(&body); err != nil || body.Password != os.Getenv("LOGIN_PASSWORD") {
		http.Error(w, `{"error":"who are you?"}`, http.StatusUnauthorized)
		return
	}
	fmt.Fprintln(w, `{"token":"a-token-of-countd"}`)
}

func counted(count io.Writer, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(count, r.Method, r.URL.Path)
		next.ServeHTTP(w, r)
	})
}

// watch hands over each line of a stream.
func watch(stream io.Reader, line func(string)) {
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		line(lines.Text())
	}
}
