package secrets

import (
	"math"
	"strings"
)

// Bits are estimates of how hard a value is to guess, each blind to something
// that another sees. The least of them counts.
//
// Counting how often each byte occurs alone is fooled by "abcabcabc" and by a
// sentence; so repetition, predictable steps and natural language have an
// estimate of their own. All of them can only take bits away: a value cannot
// show that it came from a good source, only that it did not.
type Bits struct {
	Alphabet     float64 `json:"alphabet"`     // length times the alphabet it seems to be drawn from
	Distribution float64 `json:"distribution"` // how often each byte occurs
	Repetition   float64 `json:"repetition"`   // what is left when repeats and sequences are told in short
	Language     float64 `json:"language"`     // letters that read like words
}

// Least is the estimate that counts.
func (b Bits) Least() float64 {
	return min(b.Alphabet, b.Distribution, b.Repetition, b.Language)
}

// mostEstimated bounds the work in bytes: what is random in its first part is
// strong enough, whatever follows.
const mostEstimated = 512

// estimate gives the four estimates, in whole bits, rounded down.
func estimate(value string) Bits {
	value = value[:min(len(value), mostEstimated)]
	if value == "" {
		return Bits{}
	}
	letter := math.Log2(alphabet(value))
	return Bits{
		Alphabet:     math.Floor(letter * float64(len(value))),
		Distribution: math.Floor(distribution(value)),
		Repetition:   math.Floor(repetition(value, letter)),
		Language:     math.Floor(language(value, letter)),
	}
}

// alphabet is the size of the smallest usual alphabet that has all the bytes.
func alphabet(value string) float64 {
	const lower, upper, digits = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	const symbols = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
	for _, hex := range []string{digits, digits + "abcdef", digits + "ABCDEF"} {
		if strings.Trim(value, hex) == "" {
			return float64(len(hex))
		}
	}
	size, known := 0, ""
	for _, class := range []string{lower, upper, digits} {
		if strings.ContainsAny(value, class) {
			size += len(class)
		}
		known += class
	}
	switch rest := strings.Trim(onlyOutside(value, known), "+/-_="); {
	case onlyOutside(value, known) == "":
	case rest == "":
		size += 2 // base64 in either writing
	case strings.Trim(rest, symbols) == "":
		size += len(symbols)
	default:
		size = 256
	}
	return float64(max(size, 2))
}

func onlyOutside(value, known string) string {
	var out strings.Builder
	for i := range len(value) {
		if !strings.Contains(known, value[i:i+1]) {
			out.WriteByte(value[i])
		}
	}
	return out.String()
}

// distribution is the Shannon entropy of the bytes times their number, with the
// correction of Miller and Madow: a short sample always looks too regular.
func distribution(value string) float64 {
	n := float64(len(value))
	var counts [256]float64
	kinds := 0.0
	for i := range len(value) {
		if counts[value[i]]++; counts[value[i]] == 1 {
			kinds++
		}
	}
	h := 0.0
	for _, c := range counts {
		if c > 0 {
			h -= c / n * math.Log2(c/n)
		}
	}
	if kinds > 1 {
		h += (kinds - 1) / (2 * n * math.Ln2)
	}
	return h * n
}

// repetition tells the value as short as it can, in the manner of Lempel and
// Ziv: a piece that stood before costs where and how long, a step that goes on
// as the one before costs one bit, anything else a letter.
func repetition(value string, letter float64) float64 {
	bits := 0.0
	folded := strings.ToLower(value)
	if len(folded) != len(value) {
		folded = value // folding may change the length of what is no ASCII
	}
	for i := 0; i < len(value); {
		piece := stoodBefore(folded, i)
		pointer := math.Log2(float64(i+1)) + math.Log2(float64(piece+1)) + 1
		if piece >= 3 && pointer < float64(piece)*letter {
			bits += pointer
			i += piece
			continue
		}
		if goesOn(value, i) {
			bits++
		} else {
			bits += letter
		}
		i++
	}
	return bits
}

// stoodBefore is the length of the longest piece from i on that also begins
// somewhere before i.
func stoodBefore(value string, i int) int {
	longest := 0
	for from := range i {
		n := 0
		for i+n < len(value) && value[from+n] == value[i+n] {
			n++
		}
		longest = max(longest, n)
	}
	return longest
}

// goesOn tells that the byte at i continues the two before it: aaa, abc, 975, qwe.
func goesOn(value string, i int) bool {
	if i < 2 {
		return false
	}
	a, b, c := value[i-2], value[i-1], value[i]
	step := int(c) - int(b)
	return (step == int(b)-int(a) && step >= -2 && step <= 2) || (beside(a, b) && beside(b, c))
}

// beside tells that two keys touch on a keyboard.
func beside(a, b byte) bool {
	rows := []string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"}
	ra, ca := keyAt(rows, a)
	rb, cb := keyAt(rows, b)
	if ra < 0 || rb < 0 {
		return false
	}
	return (ra == rb && (ca-cb == 1 || cb-ca == 1)) || (rb == ra+1 && (cb == ca || cb == ca-1)) || (ra == rb+1 && (ca == cb || ca == cb-1))
}

func keyAt(rows []string, key byte) (row, column int) {
	if key >= 'A' && key <= 'Z' {
		key += 'a' - 'A'
	}
	for row, keys := range rows {
		if column := strings.IndexByte(keys, key); column >= 0 {
			return row, column
		}
	}
	return -1, -1
}
