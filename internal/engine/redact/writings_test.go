package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
)

// encoders write a value down as other programs do. They are the standard
// library's, or plain loops; none of them uses the code under test.
var encoders = []struct {
	name   string
	encode func(string) string
}{
	{"plain", func(s string) string { return s }},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64 unpadded", func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }},
	{"base64url", func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }},
	{"base64url unpadded", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
	{"base64 after one byte", func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u" + s + "tail")) }},
	{"base64 after two bytes", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("u:" + s + "~")) }},
	{"base64 in lines", func(s string) string { return wrap(base64.StdEncoding.EncodeToString([]byte(s)), 7, "\r\n") }},
	{"base64 in lines in JSON", func(s string) string { return wrap(base64.StdEncoding.EncodeToString([]byte(s)), 5, `\n`) }},
	{"base64 in a query", func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) }},
	{"hex", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"HEX", func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }},
	{"query", url.QueryEscape},
	{"path", url.PathEscape},
	{"query in small letters", func(s string) string { return lowerPercents(url.QueryEscape(s)) }},
	{"every byte in percent", func(s string) string { return eachByte(s, "%%%02X") }},
	{"every other byte in percent", func(s string) string { return alternate(s, "%%%02x") }},
	{"JSON", jsonEscape},
	{"JSON with slashes escaped", func(s string) string { return strings.ReplaceAll(jsonEscape(s), "/", `\/`) }},
	{"JSON in JSON", func(s string) string { return jsonEscape(jsonEscape(s)) }},
	{"JSON in JSON in JSON", func(s string) string { return jsonEscape(jsonEscape(jsonEscape(s))) }},
	{"every character \\u", func(s string) string { return eachUnit(s, `\u%04x`) }},
	{"every character \\U in capitals", func(s string) string { return eachUnit(s, `\u%04X`) }},
	{"every character \\u in JSON", func(s string) string { return jsonEscape(eachUnit(s, `\u%04x`)) }},
	{"Go", func(s string) string { return unquoted(strconv.Quote(s)) }},
	{"Go in ASCII", func(s string) string { return unquoted(strconv.QuoteToASCII(s)) }},
	{"every byte \\x", func(s string) string { return eachByte(s, `\x%02x`) }},
	{"every byte octal", func(s string) string { return eachByte(s, `\%03o`) }},
	{"HTML", html.EscapeString},
	{"HTML by numbers", func(s string) string { return eachRune(s, "&#%d;") }},
	{"HTML by hex numbers", func(s string) string { return eachRune(s, "&#x%X;") }},
	{"shell", func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }},
	{"shell, double quotes within", func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'" }},
	{"SQL", func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }},
	{"CSV", func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }},
}

func wrap(s string, width int, lineEnd string) string {
	var out strings.Builder
	for len(s) > width {
		out.WriteString(s[:width] + lineEnd)
		s = s[width:]
	}
	return out.String() + s
}

func eachByte(s, format string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, format, s[i])
	}
	return out.String()
}

func alternate(s, format string) string {
	var out strings.Builder
	for i := range len(s) {
		if i%2 == 0 || !letterOrDigit(s[i]) {
			fmt.Fprintf(&out, format, s[i])
		} else {
			out.WriteByte(s[i])
		}
	}
	return out.String()
}

func eachUnit(s, format string) string {
	var out strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&out, format, unit)
	}
	return out.String()
}

func eachRune(s, format string) string {
	var out strings.Builder
	for _, c := range s {
		fmt.Fprintf(&out, format, c)
	}
	return out.String()
}

func jsonEscape(s string) string {
	b, _ := json.Marshal(s)
	return unquoted(string(b))
}

func unquoted(s string) string { return s[1 : len(s)-1] }

func lowerPercents(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '%' {
			copy(b[i:], strings.ToLower(s[i:i+3]))
		}
	}
	return string(b)
}

// survives looks for a value in a text the other way round: it decodes the text
// in every way and looks for the plain value. It tells in which way it is there.
func survives(text, value string) string {
	for name, read := range map[string]func(string) string{
		"plain":            func(s string) string { return s },
		"percent":          func(s string) string { return decodePercent(s, false) },
		"percent and plus": func(s string) string { return decodePercent(s, true) },
		"backslash":        decodeBackslash,
		"backslash twice":  func(s string) string { return decodeBackslash(decodeBackslash(s)) },
		"HTML":             html.UnescapeString,
		"shell":            func(s string) string { return strings.ReplaceAll(s, `'\''`, "'") },
		"hex":              func(s string) string { return decodeRuns(s, isHex, decodeHex) },
		"base64":           func(s string) string { return decodeRuns(s, isBase64, decodeBase64) },
	} {
		if strings.Contains(read(text), value) {
			return name
		}
	}
	return ""
}

func decodePercent(s string, plus bool) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+3 <= len(s) {
			if b, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				out.Write(b)
				i += 2
				continue
			}
		}
		if plus && s[i] == '+' {
			out.WriteByte(' ')
			continue
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func decodeBackslash(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		if s[0] != '\\' {
			out.WriteByte(s[0])
			s = s[1:]
			continue
		}
		if len(s) > 1 && (s[1] == '/' || s[1] == '\'' || s[1] == '"') {
			out.WriteByte(s[1])
			s = s[2:]
			continue
		}
		if len(s) >= 12 {
			var pair string
			if json.Unmarshal([]byte(`"`+s[:12]+`"`), &pair) == nil && len([]rune(pair)) == 1 && pair != "\uFFFD" {
				out.WriteString(pair)
				s = s[12:]
				continue
			}
		}
		c, wide, tail, err := strconv.UnquoteChar(s, 0)
		if err != nil {
			out.WriteByte(s[0])
			s = s[1:]
			continue
		}
		if wide {
			out.WriteRune(c)
		} else {
			out.WriteByte(byte(c))
		}
		s = tail
	}
	return out.String()
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

func isBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("+/-_", c) >= 0
}

// decodeRuns joins what the runs of digits in s say, started at each of the first
// four digits: one of them is where the value's own first whole digit stands.
func decodeRuns(s string, digit func(byte) bool, decode func(string) string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		end := i
		for end < len(s) && digit(s[end]) {
			end++
		}
		for shift := 0; shift < 4 && i+shift < end; shift++ {
			out.WriteString(decode(s[i+shift:end]) + "\n\n")
		}
		i = end + 1
	}
	return out.String()
}

func decodeHex(s string) string {
	b, _ := hex.DecodeString(s[:len(s)/2*2])
	return string(b)
}

func decodeBase64(s string) string {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	b, _ := base64.StdEncoding.DecodeString(s + strings.Repeat("A", (4-len(s)%4)%4))
	return string(b)
}
