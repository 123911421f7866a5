//go:build disease

package disease

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"

	"gastos/internal/config"
	"gastos/internal/service"
	"gastos/internal/store"
)

// several serves requests from n pools of the declared size in turn. The pools
// beside the first end with the process.
func several(n int, took func(string)) service.Seams {
	return service.Seams{Source: func(first *pgxpool.Pool) store.Source {
		s := &turns{pools: []*pgxpool.Pool{first}, took: took}
		for len(s.pools) < n {
			pool, err := pgxpool.NewWithConfig(context.Background(), first.Config())
			if err != nil {
				panic(err) // the same configuration made the first pool
			}
			s.pools = append(s.pools, pool)
		}
		return s
	}}
}

type turns struct {
	pools []*pgxpool.Pool
	next  atomic.Uint64
	took  func(string)
}

func (s *turns) Acquire(ctx context.Context) (store.Conn, error) {
	turn := s.next.Add(1)
	conn, err := store.Pooled(s.pools[turn%uint64(len(s.pools))]).Acquire(ctx)
	if err != nil {
		return nil, err
	}
	open := 0
	for _, pool := range s.pools {
		if pool.Stat().TotalConns() > 0 {
			open++
		}
	}
	if open == len(s.pools) {
		s.took(fmt.Sprintf("%d pools have connections open", open))
	}
	return conn, nil
}

func severalPools(id, summary string, n int) Disease {
	return Disease{
		ID: id, Check: "pool.effective", Consequences: []string{"pool.sampling", "pool.leaks"}, Summary: summary,
		infect: func(_ config.Serve, took func(string)) service.Seams { return several(n, took) },
	}
}
