package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// list is how every listing is answered.
type list[T any] struct {
	Items []T   `json:"items"`
	Total int64 `json:"total"`
}

// pageOf is a list of which one page is shown.
type pageOf[T any] struct {
	Items    []T   `json:"items"`
	Total    int64 `json:"total"`
	Page     int64 `json:"page"`
	PageSize int64 `json:"pageSize"`
}

// answer writes a JSON body. It marshals first: an error can still become a 500.
func answer(w http.ResponseWriter, status int, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("httpapi: marshal the answer: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(encoded)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
	return nil
}
