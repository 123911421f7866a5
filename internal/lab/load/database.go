package load

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// databaseProcess gives the process of the patient's database, when it runs on
// this machine; 0 else. The server tells each client the process of its backend
// when it connects (PostgreSQL, message BackendKeyData): no question is asked.
func databaseProcess(ctx context.Context, url string) int {
	if url == "" {
		return 0
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0 // then less is known of the machine, and nothing else
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return serverOf(int(conn.PgConn().PID()))
}
