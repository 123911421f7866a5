package main

import (
	"fmt"
	"io"
	"runtime"

	"listo/bench/machine"
)

// printHead says what was measured, and on what. It names no host.
func printHead(out io.Writer, postgres any, repeats int) {
	fmt.Fprintf(out, `# The hold probe, measured

`+"`go run ./bench/pool`"+`: in-process services with a pgx pool of known size; each sweep of the gate
(k = 1, N/2, N, N+1, 2N, 3N and 20 requests at once) repeated %d times. A reading is wrong when it
is not exactly min(k, N); it is taken again when the instrument failed (the lock lapsed or the number
did not stand still), never because of what it is. Beside it what plain sampling of `+"`state = 'active'`"+` saw of the same pools
under 20 concurrent requests.

Machine: %s, %d cores, %s/%s, %s, PostgreSQL %v.

| pool size N | readings | wrong | taken again | longest hold | one sweep | samples | 'active' max | 'active' p50 |
|--:|--:|--:|--:|--:|--:|--:|--:|--:|
`, repeats, machine.Processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), postgres)
}
