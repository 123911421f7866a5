// Package auth knows how a user proves who they are: passwords and tokens.
//
// It does not know where users are kept, nor what they are allowed to do.
package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What stands in a hash beside its cost (costMemory and costTime, in cost.go).
const (
	costLanes = 1
	saltSize  = 16
	keySize   = 32
)

var errHash = errors.New("auth: stored password hash is not argon2id: set the password again")

// HashPassword returns the argon2id hash of a password in PHC string form. The salt
// is 16 random bytes (the seed's are fixed, so that its rows are).
func HashPassword(password string, salt [saltSize]byte) string {
	key := argon2.IDKey([]byte(password), salt[:], costTime, costMemory, costLanes, keySize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, costMemory, costTime, costLanes,
		base64.RawStdEncoding.EncodeToString(salt[:]), base64.RawStdEncoding.EncodeToString(key))
}

// Passwords checks passwords, a few at a time: each check holds 19 MiB, so that
// their number is the memory that a flood of logins can take.
type Passwords struct {
	slots chan struct{}
	decoy string
}

// NewPasswords returns a checker with one slot per processor.
func NewPasswords() *Passwords {
	return &Passwords{
		slots: make(chan struct{}, runtime.GOMAXPROCS(0)),
		decoy: HashPassword("", [saltSize]byte{}),
	}
}

// Check tells whether password belongs to hash. An empty hash never matches, but
// takes as long as any other: the time does not tell which users exist.
func (p *Passwords) Check(ctx context.Context, hash, password string) (bool, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if hash == "" {
		_, err := matches(p.decoy, password)
		return false, err
	}
	return matches(hash, password)
}

func matches(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false, errHash
	}
	var version int
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return false, errHash
	}
	// A hash from outside must not choose how much memory we spend.
	if memory > 4*costMemory || passes < 1 || passes > 16 || lanes < 1 || lanes > 16 {
		return false, errHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errHash
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false, errHash
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
