package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// Bytes is a size; it is written with a binary unit (KiB, MiB, GiB).
type Bytes int64

// Percent is a share of one hundred, written with its sign.
type Percent float64

// Format writes a value as the language writes it: numbers with the language's
// separators, durations and sizes with a unit, lists joined with commas. Other
// values are written as they are.
func Format(lang Lang, v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case int:
		return integer(lang, int64(v))
	case int32:
		return integer(lang, int64(v))
	case int64:
		return integer(lang, v)
	case float64:
		return decimal(lang, v)
	case Percent:
		return decimal(lang, float64(v)) + percentSign(lang)
	case Bytes:
		return size(lang, v)
	case time.Duration:
		return duration(lang, v)
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05 UTC")
	case []string:
		return strings.Join(v, ", ")
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(v)
}

// percentSign stands off in Spanish and not in English (CLDR, as the RAE and the
// Chicago manual have it).
func percentSign(lang Lang) string {
	if lang == Spanish {
		return " %"
	}
	return "%"
}

func printer(lang Lang) *message.Printer {
	if lang == Spanish {
		return message.NewPrinter(language.Spanish)
	}
	return message.NewPrinter(language.English)
}

// ungrouped is the first number that is written with separators: four digits
// stay together, as CLDR's minimumGroupingDigits for Spanish asks and as years
// and ports want in both languages.
const ungrouped = 10_000

func integer(lang Lang, n int64) string {
	if n > -ungrouped && n < ungrouped {
		return strconv.FormatInt(n, 10)
	}
	return printer(lang).Sprint(number.Decimal(n))
}

func decimal(lang Lang, f float64) string {
	size := math.Abs(f)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return fmt.Sprint(f)
	case size >= 1e15: // past what a float64 counts one by one
		return strconv.FormatFloat(f, 'g', 6, 64)
	case f == math.Trunc(f):
		return integer(lang, int64(f))
	}
	options := []number.Option{number.MaxFractionDigits(places(size))}
	if size < ungrouped {
		options = append(options, number.NoSeparator())
	}
	return printer(lang).Sprint(number.Decimal(f, options...))
}

// places says how many decimals a size that is not whole is written with. A small
// one is never rounded to nothing: an error rate of 0.00001 is not 0.
func places(size float64) int {
	switch {
	case size >= 100:
		return 1
	case size >= 0.1:
		return 2
	}
	return min(max(4, 1-int(math.Floor(math.Log10(size)))), 20)
}

func duration(lang Lang, d time.Duration) string {
	switch length := d.Abs(); {
	case length < time.Millisecond:
		return decimal(lang, float64(d)/1e6) + " ms"
	case length < 10*time.Second:
		return decimal(lang, math.Round(float64(d)/1e5)/10) + " ms"
	case length < 2*time.Minute:
		return decimal(lang, math.Round(d.Seconds()*10)/10) + " s"
	}
	return decimal(lang, math.Round(d.Minutes()*10)/10) + " min"
}

func size(lang Lang, b Bytes) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(b), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	return decimal(lang, math.Round(f*10)/10) + " " + units[i]
}
