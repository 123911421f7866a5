//go:build race

package harden

// raced: the race detector allocates by itself.
const raced = true
