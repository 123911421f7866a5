package load

import "math/rand/v2"

// maxDeck is the largest sum of weights.
const maxDeck = 10_000

// deck deals requests in the exact proportion of their weights: each pass over
// it holds every request as often as its weight says.
type deck []int

func newDeck(requests []Request, seed uint64) deck {
	var d deck
	for i, r := range requests {
		for range r.Weight {
			d = append(d, i)
		}
	}
	shuffle := rand.New(rand.NewPCG(seed, 0))
	shuffle.Shuffle(len(d), func(i, j int) { d[i], d[j] = d[j], d[i] })
	return d
}

// card is the k-th request dealt. Every pass begins one card further on, so that
// users who take turns do not get the same request again and again.
func (d deck) card(k int64) int {
	n := int64(len(d))
	return d[(k+k/n)%n]
}
