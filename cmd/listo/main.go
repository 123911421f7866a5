// Command listo answers one question about a web service: may it be promoted to
// production?
package main

import (
	"crypto/rand"
	"os"

	"listo/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], rand.Reader)) }
