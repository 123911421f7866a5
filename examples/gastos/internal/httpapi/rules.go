package httpapi

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What is accepted, the same as in openapi.json; a test compares the two by example.
const (
	maxID       = 1<<53 - 1 // what a float64, hence every JSON reader, holds exactly
	maxConcepto = 200
	maxEmail    = 254
	maxPassword = 128
)

var (
	categorias = []string{"viaje", "comida", "alojamiento", "material", "otros"}
	estados    = []string{"pendiente", "aprobado", "rechazado"}
	// amount is 0.01 to 99999999.99, two decimals always.
	amount = regexp.MustCompile(`^([1-9][0-9]{0,7}\.[0-9]{2}|0\.(0[1-9]|[1-9][0-9]))$`)
	// years keeps dates within what the table takes.
	years = regexp.MustCompile(`^20[0-9]{2}-[0-9]{2}-[0-9]{2}$`)
)

const dateRule = "must be a date YYYY-MM-DD from 2000-01-01 to 2099-12-31"

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && years.MatchString(s)
}

func isText(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return utf8.ValidString(s) && n >= least && n <= most && !strings.ContainsFunc(s, unicode.IsControl)
}

// clip shortens a name that a stranger chose.
func clip(s string) string {
	if utf8.RuneCountInString(s) > 64 {
		return string([]rune(s)[:64])
	}
	return s
}
