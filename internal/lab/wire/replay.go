package wire

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"listo/internal/engine/shell"
	"listo/internal/engine/wire"
)

// longRun is from how many equal bytes on a run is written as a command instead
// of being spelt out.
const longRun = 64

// replay is a conversation as a person can have it: with bash alone, which
// opens connections itself, over TLS with openssl. A single plain request from
// another address is a curl line, since bash cannot choose its own.
func replay(p Plan, secure bool) string {
	if line, ok := curl(p); ok && p.From.IsValid() {
		return line
	}
	var lines []string
	for i := 0; i < len(p.Steps); {
		step, times := p.Steps[i], 1
		for i+times < len(p.Steps) && same(step, p.Steps[i+times]) {
			times++
		}
		i += times
		lines = append(lines, sending(step, times, p.Variables, target(secure)))
	}
	patience := seconds(p.Patience)
	if secure {
		return "{ " + strings.Join(lines, "; ") + "; sleep " + patience + `; } | openssl s_client -quiet -connect "$HOST:$PORT"`
	}
	lines = append(lines, "timeout "+patience+" cat <&3")
	if p.Answers == 0 { // what matters is when the other side ends it
		lines = append([]string{"time {"}, append(lines, "}")...)
	}
	// Without the trap bash would die of the first byte that nobody takes.
	return "bash <<'LISTO'\ntrap '' PIPE\nexec 3<>\"/dev/tcp/$HOST/$PORT\"\n" + strings.Join(lines, "\n") + "\nLISTO"
}

func target(secure bool) string {
	if secure {
		return ""
	}
	return " >&3"
}

func same(a, b wire.Step) bool {
	return a.Await == b.Await && a.Pause == b.Pause && bytes.Equal(a.Bytes, b.Bytes)
}

// sending gives the commands that send one step so many times.
func sending(s wire.Step, times int, variables map[string]string, to string) string {
	var parts []string
	switch {
	case s.Pause > 0:
		parts = append(parts, "sleep "+seconds(s.Pause))
	case s.Await:
		parts = append(parts, "sleep 1")
	}
	parts = append(parts, printing(s.Bytes, variables, to))
	if times == 1 {
		return strings.Join(parts, "; ")
	}
	return fmt.Sprintf("for i in $(seq %d); do %s || break; done", times, strings.Join(parts, "; "))
}

// seconds writes a duration as sleep and timeout take it.
func seconds(d time.Duration) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", d.Seconds()), "0"), ".")
}

// printing gives the commands that print exactly these bytes.
func printing(b []byte, variables map[string]string, to string) string {
	var parts []string
	for len(b) > 0 {
		begin, end := run(b)
		if begin > 0 {
			parts = append(parts, printf(b[:begin], variables)+to)
		}
		if end > begin {
			parts = append(parts, fmt.Sprintf("head -c %d /dev/zero | tr '\\0' '%s'%s", end-begin, escaped(b[begin]), to))
		}
		b = b[end:]
	}
	return strings.Join(parts, "; ")
}

// run finds the first long run of one byte; both ends are len(b) when there is none.
func run(b []byte) (begin, end int) {
	for begin < len(b) {
		end = begin + 1
		for end < len(b) && b[end] == b[begin] {
			end++
		}
		if end-begin >= longRun {
			return begin, end
		}
		begin = end
	}
	return len(b), len(b)
}

// printf gives a printf that prints exactly these bytes; values of variables are
// its arguments.
func printf(b []byte, variables map[string]string) string {
	var format strings.Builder
	var arguments []string
next:
	for i := 0; i < len(b); {
		for _, name := range slices.Sorted(maps.Keys(variables)) {
			if value := variables[name]; value != "" && bytes.HasPrefix(b[i:], []byte(value)) {
				format.WriteString("%s")
				arguments = append(arguments, " "+shell.Variable(name))
				i += len(value)
				continue next
			}
		}
		format.WriteString(escaped(b[i]))
		i++
	}
	// Where the credential is a variable, the redactor must not take its place in the
	// format for one: it knows the field by its name.
	text := strings.ReplaceAll(format.String(), "Authorization: Bearer %s", `\101uthorization: Bearer %s`)
	return "printf '" + text + "'" + strings.Join(arguments, "")
}

// escaped writes a byte in the format of a printf between single quotes.
func escaped(c byte) string {
	switch {
	case c == '\r':
		return `\r`
	case c == '\n':
		return `\n`
	case c == '%':
		return "%%"
	case c == '\\':
		return `\\`
	case c == '\'' || c < ' ' || c > '~':
		return fmt.Sprintf(`\%03o`, c)
	}
	return string(rune(c))
}

// curl gives the curl line of a script that is one plain request without a body;
// false when it is anything else.
func curl(p Plan) (string, bool) {
	if len(p.Steps) != 1 || p.Steps[0].Requests != 1 {
		return "", false
	}
	head, body, _ := strings.Cut(string(p.Steps[0].Bytes), "\r\n\r\n")
	first, fields, _ := strings.Cut(head, "\r\n")
	method, rest, _ := strings.Cut(first, " ")
	path, version, _ := strings.Cut(rest, " ")
	if _, err := url.ParseRequestURI(path); err != nil || body != "" || version != "HTTP/1.1" || method != "GET" {
		return "", false
	}
	words := []shell.Word{shell.Lit("curl"), shell.Lit("-sS"), shell.Lit("-i")}
	if p.From.IsValid() {
		words = append(words, shell.Lit("--interface"), shell.Lit(p.From.String()))
	}
	for field := range strings.SplitSeq(fields, "\r\n") {
		if name, _, _ := strings.Cut(field, ":"); !slices.Contains([]string{"host", "connection"}, strings.ToLower(name)) {
			words = append(words, shell.Lit("-H"), shell.Lit(field))
		}
	}
	return shell.Line(append(words, shell.Text(shell.Var("BASE"), path))...), true
}
