//go:build disease

package disease

func poolFour() Disease {
	return severalPools("pool-four", "each of four workers has a pool of the declared size", 4)
}
