package words

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		value  any
		es, en string
	}{
		{0, "0", "0"},
		{9999, "9999", "9999"}, // years and ports
		{-9999, "-9999", "-9999"},
		{10000, "10.000", "10,000"},
		{int32(-1234567), "-1.234.567", "-1,234,567"},
		{int64(math.MinInt64), "-9.223.372.036.854.775.808", "-9,223,372,036,854,775,808"},

		{0.5, "0,5", "0.5"},
		{2.0, "2", "2"},
		{-2.25, "-2,25", "-2.25"},
		{12.3456, "12,35", "12.35"},
		{123.456, "123,5", "123.5"},
		{9999.5, "9999,5", "9999.5"}, // as the whole number
		{12345.67, "12.345,7", "12,345.7"},
		{10000.0, "10.000", "10,000"},
		{0.0456, "0,0456", "0.0456"},
		{0.00001, "0,00001", "0.00001"}, // not nothing
		{-0.0000123456, "-0,000012", "-0.000012"},
		{math.Copysign(0, -1), "0", "0"},
		{1e15, "1e+15", "1e+15"},
		{-1e300, "-1e+300", "-1e+300"},
		{math.NaN(), "NaN", "NaN"},
		{math.Inf(-1), "-Inf", "-Inf"},

		{Percent(5), "5 %", "5%"},
		{Percent(0.8), "0,8 %", "0.8%"},
		{Percent(0.004), "0,004 %", "0.004%"},

		{Bytes(0), "0 B", "0 B"},
		{Bytes(1023), "1023 B", "1023 B"},
		{Bytes(1024), "1 KiB", "1 KiB"},
		{Bytes(1536), "1,5 KiB", "1.5 KiB"},
		{Bytes(64 << 20), "64 MiB", "64 MiB"},
		{Bytes(5 << 30), "5 GiB", "5 GiB"},
		{Bytes(math.MaxInt64), "8.388.608 TiB", "8,388,608 TiB"},

		{time.Duration(0), "0 ms", "0 ms"},
		{500 * time.Nanosecond, "0,0005 ms", "0.0005 ms"},
		{250 * time.Microsecond, "0,25 ms", "0.25 ms"},
		{1560 * time.Microsecond, "1,6 ms", "1.6 ms"},
		{1500 * time.Millisecond, "1500 ms", "1500 ms"},
		{10 * time.Second, "10 s", "10 s"},
		{90500 * time.Millisecond, "90,5 s", "90.5 s"},
		{2 * time.Minute, "2 min", "2 min"},
		{90 * time.Minute, "90 min", "90 min"},
		{-5 * time.Minute, "-5 min", "-5 min"},
		{-3 * time.Millisecond, "-3 ms", "-3 ms"},
		{time.Duration(math.MinInt64), "-153.722.867,3 min", "-153,722,867.3 min"},

		{time.Date(2026, 1, 2, 5, 4, 5, 0, time.FixedZone("", 7200)), "2026-01-02 03:04:05 UTC", "2026-01-02 03:04:05 UTC"},
		{[]string{"a", "b"}, "a, b", "a, b"},
		{[]string(nil), "", ""},
		{true, "true", "true"},
		{nil, "–", "–"},
		{"1234567.5", "1234567.5", "1234567.5"}, // a text is not a number
		{errors.New("gone"), "gone", "gone"},
	} {
		if got := Format(Spanish, c.value); got != c.es {
			t.Errorf("es: %T %v is %q, want %q", c.value, c.value, got, c.es)
		}
		for _, lang := range []Lang{English, Pseudo} {
			if got := Format(lang, c.value); got != c.en {
				t.Errorf("%s: %T %v is %q, want %q", lang, c.value, c.value, got, c.en)
			}
		}
	}
}

// A number is never written as another one: what is not zero is not "0", the
// sign stays, and reading it back gives it within its rounding.
func FuzzFormatNumber(f *testing.F) {
	for _, seed := range []float64{0, 0.1, -0.00004, 99.999, 9999.99, 1e14 + 0.5, 1e15, -1e-9, 123456.789} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, x float64) {
		es, en := Format(Spanish, x), Format(English, x)
		if len(en) > 40 || len(es) > 40 || strings.ContainsFunc(en, unicode.IsSpace) {
			t.Fatalf("%v is written %q, %q", x, es, en)
		}
		back, err := strconv.ParseFloat(strings.ReplaceAll(en, ",", ""), 64)
		if err != nil {
			t.Fatalf("%v is written %q: %v", x, en, err)
		}
		if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) < 1e-18 {
			return
		}
		if math.Abs(back-x) > 0.06*math.Max(math.Abs(x), 1e-300) || math.Signbit(back) != math.Signbit(x) {
			t.Fatalf("%v is written %q", x, en)
		}
		if swapped := strings.NewReplacer(".", ",", ",", ".").Replace(en); math.Abs(x) < 1e15 && swapped != es {
			t.Fatalf("%v is %q in English and %q in Spanish", x, en, es)
		}
	})
}
