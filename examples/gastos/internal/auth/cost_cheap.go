//go:build cheap_passwords

package auth

// The cost of one hash where passwords protect nobody: in tests that log in
// thousands of times and ask about other things. Hashes and the decoy get cheap
// alike, so that no answer comes at another time than its like.
const (
	costMemory = 64 // KiB
	costTime   = 1
)
