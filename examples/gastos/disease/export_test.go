//go:build disease

package disease

// OnExit makes a test look on where a process would end.
func OnExit(ended func(code int)) (back func()) {
	before := exit
	exit = ended
	return func() { exit = before }
}
