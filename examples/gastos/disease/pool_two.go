//go:build disease

package disease

func poolTwo() Disease {
	return severalPools("pool-two", "two modules made a pool each, and requests alternate between them", 2)
}
