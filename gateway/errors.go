package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"listo/harden"
)

// Errors says how errors of the service become problems, beyond those of the API in HTML or text, which always do.
type Errors struct {
	// Detail names the members of an error in JSON that hold its sentence for the client, as [error, message]: such an error of the API becomes
	// a problem with that sentence as its detail. Of a 5xx the sentence is dropped: it speaks of the inside. Empty: errors in JSON stay.
	Detail []string
	// Negotiate gives a problem, in the place of a page, to who asks outside of the API and says that he takes JSON, or not what he takes.
	// Browsers always say that they take HTML, or anything.
	Negotiate bool
	// Everywhere gives a problem in the place of every error page, whoever asks: for a service whose only pages of errors are those of its
	// framework.
	Everywhere bool
	// Authenticate is the challenge, as Bearer, of a 401 that has none: RFC 9110, section 15.5.2, wants one. Empty adds none.
	Authenticate string
}

// mostOfAProblem is how much of an error in JSON is read, bytes.
const mostOfAProblem = 64 << 10

// restate turns an error of the service into a problem where the configuration says so.
func (e Errors) restate(res *http.Response) error {
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	exchange := harden.Of(res.Request)
	if res.StatusCode == http.StatusUnauthorized && e.Authenticate != "" && res.Header["Www-Authenticate"] == nil {
		res.Header["Www-Authenticate"] = []string{e.Authenticate}
	}
	switch {
	case res.StatusCode < 400 || media == harden.ProblemType || res.Request.Method == http.MethodHead:
		return nil
	case exchange.API && media == "application/json" && len(e.Detail) > 0 && res.Header.Get("Content-Encoding") == "":
		return e.reword(res, exchange.ID)
	case !exchange.API && e.instead(res.Request.Header["Accept"]) && !strings.HasSuffix(media, "json"):
		_ = res.Body.Close()
		become(res, "there is nothing to see here", exchange.ID)
	}
	return nil
}

// instead says whether who accepts this gets a problem in the place of a page.
func (e Errors) instead(accept []string) bool {
	return e.Everywhere || e.Negotiate && wantsJSON(accept)
}

// wantsJSON says whether whoever accepts this reads JSON rather than pages.
func wantsJSON(accept []string) bool {
	all := strings.ToLower(strings.Join(accept, ","))
	return all == "" || strings.Contains(all, "json") && !strings.Contains(all, "html")
}

// reword takes the sentence out of an error in JSON. One that holds none stays as it is: it may hold what its client needs.
func (e Errors) reword(res *http.Response, id string) error {
	raw, err := io.ReadAll(io.LimitReader(res.Body, mostOfAProblem+1))
	if err != nil {
		return err
	}
	var members map[string]any
	if len(raw) > mostOfAProblem || json.Unmarshal(raw, &members) != nil {
		res.Body = &continued{io.MultiReader(bytes.NewReader(raw), res.Body), res.Body}
		return nil
	}
	_ = res.Body.Close()
	for _, name := range e.Detail {
		if sentence, ok := members[name].(string); ok && sentence != "" {
			become(res, sentence, id)
			return nil
		}
	}
	res.Body = io.NopCloser(bytes.NewReader(raw))
	return nil
}

// continued is a body of which a part was read already.
type continued struct {
	io.Reader
	io.Closer
}

// become puts a problem in the place of an answer's body.
func become(res *http.Response, detail, id string) {
	if res.StatusCode >= 500 {
		detail = "something went wrong on our side"
	}
	body, err := json.Marshal(struct {
		Type      string `json:"type"`
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail"`
		RequestID string `json:"requestId"`
	}{"about:blank", http.StatusText(res.StatusCode), res.StatusCode, detail, id})
	if err != nil {
		panic(err) // strings and an int cannot fail to marshal
	}
	body = append(body, '\n')
	res.Body, res.ContentLength, res.TransferEncoding, res.Trailer = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil, nil
	for _, stale := range []string{"Content-Encoding", "ETag", "Last-Modified", "Trailer", "Transfer-Encoding"} {
		delete(res.Header, http.CanonicalHeaderKey(stale))
	}
	res.Header.Set("Content-Type", harden.ProblemType)
	res.Header.Set("Content-Length", strconv.Itoa(len(body)))
}
