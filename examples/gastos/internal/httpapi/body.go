package httpapi

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"gastos/internal/problem"
)

// readObject reads a body that is one JSON object, strictly: encoding/json alone
// would take a second object behind it, the same key twice, keys in any case and
// bytes that are not UTF-8. It returns the members still encoded.
func readObject(r *http.Request) (map[string]json.RawMessage, error) {
	if err := acceptable(r.Header); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return nil, problem.New(http.StatusBadRequest, "the body broke off")
	case !utf8.Valid(body):
		return nil, problem.New(http.StatusBadRequest, "the body is not UTF-8")
	case !json.Valid(body):
		return nil, problem.New(http.StatusBadRequest, "the body is not JSON")
	}
	return members(body)
}

func acceptable(h http.Header) error {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || media != "application/json" || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return problem.New(http.StatusUnsupportedMediaType, "the body must be application/json in UTF-8")
	}
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return problem.New(http.StatusUnsupportedMediaType, "the body must not be compressed")
	}
	return nil
}

// members splits a valid JSON text into the members of its one object.
func members(body []byte) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, problem.New(http.StatusUnprocessableEntity, "the body must be a JSON object")
	}
	object := make(map[string]json.RawMessage)
	for decoder.More() {
		token, err := decoder.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return nil, problem.New(http.StatusBadRequest, "the body is not JSON")
		}
		if _, twice := object[key]; twice {
			return nil, problem.New(http.StatusBadRequest, "the body has the same member twice")
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, problem.New(http.StatusBadRequest, "the body is not JSON")
		}
		object[key] = value
	}
	return object, nil
}
