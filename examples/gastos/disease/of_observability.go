//go:build disease

package disease

// observabilities are the diseases of what the service says about itself.
func observabilities() []Disease {
	return []Disease{
		healthNeedsDatabase(), readyAlways(), readyCached(), readyHangs(), readyStuck(), diesWithDatabase(),
		idNotEchoed(), idLostOnErrors(), idLoggedTwice(), idCredulous(), logLies(),
		countSkipsErrors(), histogramMilliseconds(), labelPath(),
	}
}
