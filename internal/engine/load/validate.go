package load

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"
)

// validator judges answers for one user. A body that was found right is
// remembered by its hash, so that the same bytes need not be parsed again: most
// answers under load are repetitions.
type validator struct {
	requests []Request
	maxBody  int64
	seed     maphash.Seed
	right    []uint64 // by request; 0: none yet
	gzip     *gzip.Reader
}

func newValidator(requests []Request, maxBody int64) *validator {
	return &validator{requests: requests, maxBody: maxBody, seed: maphash.MakeSeed(), right: make([]uint64, len(requests))}
}

// wants says whether the body of the answer to a request must be kept.
func (v *validator) wants(request int) bool { return v.requests[request].Expect.JSON }

// judge says whether an answer is the right one.
func (v *validator) judge(request int, a answer) Class {
	e := &v.requests[request].Expect
	if c := e.status(a.status); c != Answered {
		return c
	}
	if e.MediaType != "" && !sameMedia(a.media, e.MediaType) {
		return WrongMediaType
	}
	if e.NonEmpty && a.length == 0 {
		return Empty
	}
	if !e.JSON {
		return Answered
	}
	hash := maphash.Bytes(v.seed, a.body)
	if hash == v.right[request] && hash != 0 {
		return Answered
	}
	c := v.content(e, a)
	if c == Answered {
		v.right[request] = hash
	}
	return c
}

func (e *Expect) status(status int) Class {
	switch {
	case len(e.Status) == 0 && status/100 == 2, slices.Contains(e.Status, status):
		return Answered
	case status/100 == 3:
		return Redirect
	case status == 401:
		return Unauthorized
	case status == 403:
		return Forbidden
	case status == 429:
		return TooMany
	case status/100 == 4:
		return ClientError
	case status/100 == 5:
		return ServerError
	}
	return OtherStatus
}

func sameMedia(got []byte, want string) bool {
	kind, _, _ := bytes.Cut(got, []byte(";"))
	return strings.EqualFold(string(bytes.TrimSpace(kind)), want)
}

// content decodes a body and reads it as JSON.
func (v *validator) content(e *Expect, a answer) Class {
	body := a.body
	switch coding := strings.ToLower(string(a.encoding)); coding {
	case "", "identity":
	case "gzip", "x-gzip":
		var c Class
		if body, c = v.gunzip(body); c != Answered {
			return c
		}
	default:
		return Undecodable
	}
	if !json.Valid(body) {
		return NotJSON
	}
	if e.NonEmpty && emptyAt(body, e.At) {
		return Empty
	}
	return Answered
}

// gunzip decodes within the limit on bodies: a small body may be a large one.
func (v *validator) gunzip(body []byte) ([]byte, Class) {
	var err error
	if v.gzip == nil {
		v.gzip, err = gzip.NewReader(bytes.NewReader(body))
	} else {
		err = v.gzip.Reset(bytes.NewReader(body))
	}
	if err != nil {
		v.gzip = nil
		return nil, Undecodable
	}
	decoded, err := io.ReadAll(io.LimitReader(v.gzip, v.maxBody+1))
	switch {
	case int64(len(decoded)) > v.maxBody:
		return nil, TooLarge
	case err != nil:
		return nil, Undecodable
	}
	return decoded, Answered
}

// emptyAt says whether the value that a JSON pointer names is missing, null, "",
// [] or {}. The text is well formed.
func emptyAt(text []byte, pointer string) bool {
	value := json.RawMessage(text)
	for pointer != "" {
		var step string
		step, pointer = cutStep(pointer)
		if value = child(value, step); value == nil {
			return true
		}
	}
	switch v := bytes.TrimSpace(value); string(v[:1]) {
	case "[", "{":
		return len(bytes.TrimSpace(v[1:len(v)-1])) == 0
	default:
		return string(v) == "null" || string(v) == `""`
	}
}

// cutStep takes the first step off a pointer and decodes it.
func cutStep(pointer string) (step, rest string) {
	step = pointer[1:]
	if i := strings.IndexByte(step, '/'); i >= 0 {
		step, rest = step[:i], step[i:]
	}
	return strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~"), rest
}

// child gives the member or element that a step names; nil when there is none.
func child(value json.RawMessage, step string) json.RawMessage {
	switch bytes.TrimSpace(value)[0] {
	case '{':
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) != nil {
			return nil
		}
		return members[step]
	case '[':
		var elements []json.RawMessage
		i, err := strconv.Atoi(step)
		if err != nil || json.Unmarshal(value, &elements) != nil || i < 0 || i >= len(elements) {
			return nil
		}
		return elements[i]
	}
	return nil
}
