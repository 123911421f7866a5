package secrets

import (
	"math"
	"strings"
)

// commonPairs are the pairs of letters that English and Spanish are made of:
// about half of all pairs in a text of either, one in eleven among random letters.
const commonPairs = " th he in er an re nd on en at ou ed ha to or it is hi es ng st ar te se me ve as al ri ro " +
	"de le el la os ra ci ta ad co no ue qu un io do ca nt tr ic so li ec su ac da ne ma lo ia pa et il my ke ey "

// A value reads like words when this share of its pairs of letters are common
// ones. Fewer pairs than fewestPairs say nothing. Measured: texts have 0.5 and
// more; of 100 000 random keys of 24 bytes in base64 three come this far, of 48
// bytes none.
const (
	likeWords   = 0.45
	fewestPairs = 18
	// wordLetter is what a letter of a text is worth in bits: Shannon found
	// between 0.6 and 1.3 for long English (Prediction and Entropy of Printed
	// English, 1951); names and abbreviations are dearer.
	wordLetter = 2.0
)

// language gives the bits of a value whose letters may be words: then a letter
// of it is worth wordLetter, not letter, and a digit a digit.
func language(value string, letter float64) float64 {
	letters, signs, pairs, common := 0, 0, 0, 0
	for i := range len(value) {
		if !isLetter(value[i]) {
			if value[i] < '0' || value[i] > '9' {
				signs++ // what stands between words is as easy to guess as they are
			}
			continue
		}
		letters++
		if i == 0 || !isLetter(value[i-1]) {
			continue
		}
		pairs++
		// A capital behind a small letter begins a word: it is no pair of one.
		sameWord := !(isCapital(value[i]) && !isCapital(value[i-1]))
		if sameWord && strings.Contains(commonPairs, " "+strings.ToLower(value[i-1:i+1])+" ") {
			common++
		}
	}
	whole := letter * float64(len(value))
	if pairs < fewestPairs || float64(common) < likeWords*float64(pairs) {
		return whole
	}
	return min(whole, wordLetter*float64(letters+signs)+math.Log2(10)*float64(len(value)-letters-signs))
}

func isLetter(c byte) bool  { return isCapital(c) || (c >= 'a' && c <= 'z') }
func isCapital(c byte) bool { return c >= 'A' && c <= 'Z' }
