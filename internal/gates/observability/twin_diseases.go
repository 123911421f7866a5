package observability

import (
	"context"
	_ "embed"
	"strings"

	"listo/internal/lab"
)

//go:embed twin.rules.yml
var twinRules string

// Each function is one negative control: a twin with one disease.

// leaningHealth calls itself dead when its database is.
func leaningHealth(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "leaning", "")
}

// lyingReady is ready whatever happens.
func lyingReady(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "lying", "")
}

// resentful is never ready again once its database was ill.
func resentful(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "resentful", "")
}

// mortal ends with its database.
func mortal(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "mortal", "")
}

// forgetful logs no id when a request ends in 5xx.
func forgetful(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "forgetful", "")
}

// credulous takes any id for one.
func credulous(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "credulous", "")
}

// chatty prints plain text among its log lines.
func chatty(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "chatty", "")
}

// flattering does not count what ends in 5xx.
func flattering(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "flattering", "")
}

// millisecondsForSeconds observes durations in milliseconds.
func millisecondsForSeconds(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "milliseconds", "")
}

// labelling counts by path.
func labelling(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "labelling", "")
}

// misspelt has rules that ask for a metric of another name.
func misspelt(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "", strings.ReplaceAll(twinRules, "http_requests_total", "http_request_total"))
}

// asleep has a rule for 5xx that no share of errors ever reaches.
func asleep(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return suffering(b, "", strings.ReplaceAll(twinRules, "> 0.01 *", "> 1.01 *"))
}
