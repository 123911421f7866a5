package config

import (
	"errors"
	"strings"
	"testing"
)

func TestFill(t *testing.T) {
	lookup := environment("A", "1", "B", "two words", "EMPTY", "", "DOLLAR", "$$ ${A}")
	for _, c := range []struct {
		raw, text, unset, err string
	}{
		{raw: "", text: ""},
		{raw: "plain", text: "plain"},
		{raw: "${A}", text: "1"},
		{raw: "x${A}y${B}z", text: "x1ytwo wordsz"},
		{raw: "$${A}", text: "${A}"},
		{raw: "$$$$", text: "$$"},
		{raw: "^foo$", text: "^foo$"},
		{raw: "$A", text: "$A"},
		{raw: "$", text: "$"},
		{raw: "${A:-x}", text: "1"},
		{raw: "${NONE:-x y}", text: "x y"},
		{raw: "${NONE:-}", text: ""},
		{raw: "${EMPTY:-x}", text: "x"},
		{raw: "${NONE:-a:-b}", text: "a:-b"},
		{raw: "${EMPTY}", unset: "EMPTY"},
		{raw: "${NONE}-${A}-${OTHER}-${NONE}", text: "-1--", unset: "NONE OTHER"},
		// What a variable holds is not looked into again.
		{raw: "${DOLLAR}", text: "$$ ${A}"},
		{raw: "${A", err: "${ is not closed: write } behind the name, or $${ for the characters themselves"},
		{raw: "${}", err: `"" is not the name of a variable: write ${NAME} or ${NAME:-default}, or $${ for the characters themselves`},
		{raw: "${1A}", err: `"1A" is not the name of a variable: write ${NAME} or ${NAME:-default}, or $${ for the characters themselves`},
		{raw: "${A-b}", err: `"A-b" is not the name of a variable: write ${NAME} or ${NAME:-default}, or $${ for the characters themselves`},
		{raw: "${Ñ}", err: `"Ñ" is not the name of a variable: write ${NAME} or ${NAME:-default}, or $${ for the characters themselves`},
	} {
		f, err := fill(c.raw, 100, lookup)
		message := ""
		if err != nil {
			message = err.Error()
		}
		if message != c.err || (err == nil && f.text != c.text) || strings.Join(f.unset, " ") != c.unset {
			t.Errorf("%s: got %q, unset %v, error %q", c.raw, f.text, f.unset, message)
		}
	}
}

func TestVariablesCannotFillTheMemory(t *testing.T) {
	lookup := environment("BIG", strings.Repeat("x", 100_000))
	if _, err := fill(strings.Repeat("${BIG}", 100), maxFilled, lookup); !errors.Is(err, errTooMuch) {
		t.Errorf("one value: %v", err)
	}
	source := minimal + "pool:\n  names:\n" + strings.Repeat("    - ${BIG}\n", 50)
	_, err := load(t, source, lookup)
	if err == nil || !strings.Contains(err.Error(), "pool.names[41]: the variables of this file fill more than 4 MiB: shorten them") {
		t.Errorf("many values: %.300v", err)
	}
}

func TestOrderOfLookups(t *testing.T) {
	source := minimal + `
env_files: ["${FIRST}", second.env, none.env, "${NEITHER}"]
pool:
  names: ["${PROCESS}", "${ONE}", "${TWO}", "${NONE}", last]
  request: ${HIDDEN}
`
	c := mustLoad(t, source, environment("PROCESS", "process", "FIRST", "first.env", "HIDDEN", ""),
		"first.env", "PROCESS=first\nONE=first\nTWO=first\nNEITHER=first.env\nHIDDEN=first\n",
		"second.env", "PROCESS=second\nTWO=second\n")
	pool := c.Sections["pool"].(*poolSettings)
	equal(t, "names", pool.Names, []string{"process", "first", "second", "last"})
	equal(t, "an empty variable of the process hides the file's", pool.Request, "")
	equal(t, "unset", c.Unset, map[string]string{"pool.names[3]": "NONE", "env_files[3]": "NEITHER", "pool.request": "HIDDEN"})
	equal(t, "missing files", c.MissingEnvFiles, []string{"none.env"})
	equal(t, "environment", c.Environment, map[string]string{
		"PROCESS": "second", "ONE": "first", "TWO": "second", "NEITHER": "first.env", "HIDDEN": "first",
	})
}

func TestUnsetIsNoError(t *testing.T) {
	source := `version: 1
name: gastos
service: {mode: managed, start: "${START}", url: "${URL}", environment: {A: "${NONE}", B: b}}
database: {url: "${URL_OF_DATABASE}", admin_url: "postgres://${ADMIN}:${ADMIN_PASSWORD}@127.0.0.1/x"}
limits: {pool.effective.churn: "${CHURN}"}
excused: {pool: "${WHY}"}
pool: {size: "${SIZE}", strict: "${STRICT}", ratio: "${RATIO}", idle: "${IDLE}", mode: "${MODE}", steps: [{path: "${STEP}"}]}
`
	c := mustLoad(t, source, environment())
	equal(t, "unset", c.Unset, map[string]string{
		"service.start": "START", "service.url": "URL", "service.environment.A": "NONE",
		"database.url": "URL_OF_DATABASE", "database.admin_url": "ADMIN, ADMIN_PASSWORD",
		"limits.pool.effective.churn": "CHURN", "excused.pool": "WHY",
		"pool.size": "SIZE", "pool.strict": "STRICT", "pool.ratio": "RATIO", "pool.idle": "IDLE", "pool.mode": "MODE", "pool.steps[0].path": "STEP",
	})
	equal(t, "environment", c.Service.Environment, map[string]string{"B": "b"})
	equal(t, "limits", len(c.Limits), 0)
	equal(t, "excused", len(c.Excused), 0)
}
