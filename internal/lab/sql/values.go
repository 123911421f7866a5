package sql

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"
)

// plain gives a column's value as JSON can hold it and as psql shows it; numbers,
// texts, truth values, times and NULL stay what they are.
func plain(v any) any {
	switch v := v.(type) {
	case nil, string, bool, int16, int32, int64:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strings.NewReplacer("+Inf", "Infinity", "-Inf", "-Infinity").Replace(fmt.Sprint(v))
		}
		return v
	case float32:
		if w := float64(v); math.IsNaN(w) || math.IsInf(w, 0) {
			return plain(w)
		}
		return v
	case []byte:
		return `\x` + hex.EncodeToString(v)
	case [16]byte:
		return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
	case pgtype.InfinityModifier:
		return v.String()
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = plain(v[i])
		}
		return all
	}
	if _, err := json.Marshal(v); err != nil {
		return fmt.Sprint(v)
	}
	return v
}

// pointed gives the plain values behind the pointers that a row was read into.
func pointed(into []any) []any {
	all := make([]any, len(into))
	for i, p := range into {
		all[i] = plain(reflect.Indirect(reflect.ValueOf(p)).Interface())
	}
	return all
}
