package database

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"listo/internal/evidence"
)

// Formats of a backup file, by its first bytes.
const (
	custom = "custom" // pg_dump --format=custom
	plain  = "plain"  // SQL text
	opaque = "other"  // compressed, encrypted, a directory: not looked into
)

// maxBackup bounds what is read of a backup into memory, in bytes.
const maxBackup = 1 << 30

// look reads the file that the backup command left; none is no error.
func (o *Source) look(file string) error {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("database: the backup: %w", err)
	}
	if o.Format = opaque; info.IsDir() {
		return nil
	}
	if info.Size() > maxBackup {
		return fmt.Errorf("database: the backup has %d bytes, more than listo reads: audit a smaller development database", info.Size())
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("database: the backup: %w", err)
	}
	o.Size, o.Digest, o.Format = int64(len(b)), evidence.DigestOf(b).Hex(), formatOf(b)
	return nil
}

func formatOf(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("PGDMP")):
		return custom
	case bytes.Contains(b[:min(len(b), 4096)], []byte("PostgreSQL database")):
		return plain
	}
	return opaque
}

// mentions tells whether a command line uses a variable.
func mentions(line, variable string) bool {
	return strings.Contains(line, "$"+variable) || strings.Contains(line, "${"+variable)
}
