//go:build disease

package disease

// tokenKeys are the diseases of the tokens' keys and of how their end is read.
func tokenKeys() []Disease {
	return []Disease{tokenKeyGuessable(), tokenKeyBrought(), tokenKidIsAPath(), tokenKeyFetched(), tokenEndAsText()}
}
