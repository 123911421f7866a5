package browser

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// most is how many requests, messages and violations are kept of each; all are
// counted. mostText bounds each text of them, in bytes: the page may say anything.
const (
	most     = 400
	mostText = 600
)

// watch takes in what the tab tells. Its methods are called by the loop that
// reads the browser's messages and must be quick.
type watch struct {
	hosts, origins []string // those that may be reached

	mu       sync.Mutex
	seen     Seen
	byID     map[network.RequestID]*Request
	pending  map[network.RequestID]bool
	contexts map[string]string // frame -> listo's own world there
	last     time.Time         // of any event of the network
	crashed  bool
}

// Seen is all that the browser has told since it was opened.
type Seen struct {
	// Documents counts those in which violations were listened for.
	Documents int `json:"documents"`
	// Requests, Messages and Violations hold the first of them, in order; the
	// counts are of all.
	Requests       []*Request  `json:"requests"`
	RequestCount   int         `json:"request_count"`
	Messages       []Message   `json:"messages"`
	MessageCount   int         `json:"message_count"`
	Violations     []Violation `json:"violations"`
	ViolationCount int         `json:"violation_count"`
	// Pending are requests that had not come to an end.
	Pending int `json:"pending"`
}

// Request is one request of the page, as far as it came.
type Request struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Type   string `json:"type"`             // Document, Script, Fetch, …
	Status int    `json:"status,omitempty"` // of its answer
	Media  string `json:"media,omitempty"`
	Bytes  int64  `json:"bytes,omitempty"` // on the wire
	Done   bool   `json:"done"`            // the answer came whole, or a redirect
	// Failure is why there is no whole answer, e.g. net::ERR_CONNECTION_REFUSED;
	// Blocked, why the browser did not even ask or hid the answer: csp, cors, …
	Failure string `json:"failure,omitempty"`
	Blocked string `json:"blocked,omitempty"`
	// Canceled tells that the page itself, or leaving it, gave the request up.
	Canceled bool `json:"canceled,omitempty"`
	// Foreign tells that it went, or was to go, to another origin than the target's.
	Foreign bool   `json:"foreign,omitempty"`
	Origin  string `json:"origin"`
}

// Message is one entry of the console: what the page wrote (console), what it
// threw and nobody caught (exception), or what the browser has to say (security,
// network, javascript, …).
type Message struct {
	Source string `json:"source"`
	Level  string `json:"level"` // error, warning, info, …
	Text   string `json:"text"`
	URL    string `json:"url,omitempty"`
	Line   int64  `json:"line,omitempty"` // from 1
}

// Violation is one violation of the content security policy (CSP3, 5).
type Violation struct {
	// Via tells who told of it: the document's event "securitypolicyviolation", or
	// the browser's list of issues. Most violations are told of by both.
	Via        string `json:"via"`
	Directive  string `json:"directive"`
	Blocked    string `json:"blocked"` // URL, or inline, eval, …
	ReportOnly bool   `json:"report_only,omitempty"`
	URL        string `json:"url,omitempty"`
	Line       int64  `json:"line,omitempty"`
	Sample     string `json:"sample,omitempty"`
}

// Who tells of a violation.
const (
	ViaEvent = "event"
	ViaIssue = "issue"
)

func newWatch(origins []string) (*watch, error) {
	w := &watch{last: time.Now(), byID: map[network.RequestID]*Request{}, pending: map[network.RequestID]bool{}, contexts: map[string]string{}}
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("browser: %q is no address that can be opened: is the service running?", o)
		}
		w.hosts, w.origins = append(w.hosts, u.Hostname()), append(w.origins, originOf(u))
	}
	return w, nil
}

// originOf gives an URL's origin; a web socket's counts as that of its http.
func originOf(u *url.URL) string {
	return strings.Replace(u.Scheme, "ws", "http", 1) + "://" + u.Host
}

func (w *watch) see(event any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		w.asked(e)
	case *network.EventWebSocketCreated:
		w.request(e.RequestID, Request{Method: "GET", URL: e.URL, Type: "WebSocket", Done: true})
	case *network.EventResponseReceived:
		w.answered(e)
	case *network.EventLoadingFinished:
		w.ended(e.RequestID, func(r *Request) { r.Done, r.Bytes = true, int64(e.EncodedDataLength) })
	case *network.EventLoadingFailed:
		w.ended(e.RequestID, func(r *Request) { failed(r, e) })
	case *runtime.EventConsoleAPICalled:
		w.message(fromConsole(e))
	case *runtime.EventExceptionThrown:
		w.message(fromException(e))
	case *log.EventEntryAdded:
		w.message(Message{string(e.Entry.Source), string(e.Entry.Level), e.Entry.Text, e.Entry.URL, e.Entry.LineNumber + 1})
	case *audits.EventIssueAdded:
		w.issue(e.Issue)
	case *runtime.EventBindingCalled:
		w.told(e)
	case *runtime.EventExecutionContextCreated:
		w.context(e.Context)
	case *runtime.EventExecutionContextsCleared:
		clear(w.contexts)
	case *inspector.EventTargetCrashed:
		w.crashed = true
	}
}

func (w *watch) message(m Message) {
	m.Text, m.URL = bounded(m.Text), bounded(m.URL)
	w.seen.MessageCount++
	if len(w.seen.Messages) < most {
		w.seen.Messages = append(w.seen.Messages, m)
	}
}

func (w *watch) violation(v Violation) {
	v.Directive, v.Blocked, v.URL, v.Sample = bounded(v.Directive), bounded(v.Blocked), bounded(v.URL), bounded(v.Sample)
	w.seen.ViolationCount++
	if len(w.seen.Violations) < most {
		w.seen.Violations = append(w.seen.Violations, v)
	}
}

func (w *watch) issue(i *audits.InspectorIssue) {
	if i == nil || i.Details == nil || i.Details.ContentSecurityPolicyIssueDetails == nil {
		return // what else the browser advises is no violation
	}
	d := i.Details.ContentSecurityPolicyIssueDetails
	v := Violation{Via: ViaIssue, Directive: d.ViolatedDirective, Blocked: d.BlockedURL, ReportOnly: d.IsReportOnly}
	if v.Blocked == "" {
		v.Blocked = string(d.ContentSecurityPolicyViolationType)
	}
	if at := d.SourceCodeLocation; at != nil {
		v.URL, v.Line = at.URL, at.LineNumber+1
	}
	w.violation(v)
}

// told takes what the listener in listo's own world says.
func (w *watch) told(e *runtime.EventBindingCalled) {
	if e.Name != binding {
		return
	}
	var said struct {
		Here        bool
		Directive   string
		Blocked     string
		Disposition string
		URL         string
		Line        int64
		Sample      string
	}
	switch err := json.Unmarshal([]byte(e.Payload), &said); {
	case err != nil: // only listo's own world has the binding
	case said.Here:
		w.seen.Documents++
	default:
		w.violation(Violation{ViaEvent, said.Directive, said.Blocked, said.Disposition == "report", said.URL, said.Line, said.Sample})
	}
}

func (w *watch) context(c *runtime.ExecutionContextDescription) {
	var of struct{ FrameID string }
	if c.Name == world && json.Unmarshal(c.AuxData, &of) == nil {
		w.contexts[of.FrameID] = c.UniqueID
	}
}

// worldOf gives listo's world in a frame, "" while there is none.
func (w *watch) worldOf(frame string) (id string, crashed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.contexts[frame], w.crashed
}

// quiet tells how long no request has begun or ended, and how many are open.
func (w *watch) quiet() (since time.Duration, pending int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.last), len(w.pending)
}

// snapshot gives what was seen so far.
func (w *watch) snapshot() Seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.seen
	s.Pending = len(w.pending)
	s.Requests = nil
	for _, r := range w.seen.Requests {
		one := *r
		s.Requests = append(s.Requests, &one)
	}
	s.Messages = append([]Message(nil), s.Messages...)
	s.Violations = append([]Violation(nil), s.Violations...)
	return s
}

// bounded makes a text of the page fit for keeping: valid and not too long.
func bounded(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if len(s) > mostText {
		s = strings.ToValidUTF8(s[:mostText], "") + "…"
	}
	return s
}
