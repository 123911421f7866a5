package run

import (
	"bytes"
	"encoding/json"
)

// cleanJSON passes every string of a JSON text through clean and leaves the
// rest byte for byte, so that redaction can never break the text's form.
func cleanJSON(raw json.RawMessage, clean func(string) string) json.RawMessage {
	if !json.Valid(raw) {
		return nil // nothing of it may pass
	}
	var out bytes.Buffer
	for i := 0; i < len(raw); {
		if raw[i] != '"' {
			out.WriteByte(raw[i])
			i++
			continue
		}
		end := endOfString(raw, i)
		var text string
		_ = json.Unmarshal(raw[i:end], &text) // a string of a valid text
		if cleaned := clean(text); cleaned != text {
			again, _ := json.Marshal(cleaned) // a string always marshals
			out.Write(again)
		} else {
			out.Write(raw[i:end])
		}
		i = end
	}
	return out.Bytes()
}

// endOfString gives the index after the closing quote of the string at start.
func endOfString(raw []byte, start int) int {
	for i := start + 1; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(raw)
}
