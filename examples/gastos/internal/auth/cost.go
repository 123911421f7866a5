//go:build !cheap_passwords

package auth

// The cost of one hash: OWASP's second recommendation for argon2id, 19 MiB, two
// passes, one lane.
const (
	costMemory = 19 * 1024 // KiB
	costTime   = 2
)
