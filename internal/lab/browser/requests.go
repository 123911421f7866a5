package browser

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// asked notes a request, and the end of the one that was redirected to it.
func (w *watch) asked(e *network.EventRequestWillBeSent) {
	if e.RedirectResponse != nil {
		w.ended(e.RequestID, func(r *Request) { r.Status, r.Done = int(e.RedirectResponse.Status), true })
	}
	w.request(e.RequestID, Request{Method: e.Request.Method, URL: e.Request.URL, Type: string(e.Type)})
}

// request notes one that goes over the network; data: and blob: do not.
func (w *watch) request(id network.RequestID, r Request) {
	u, err := url.Parse(r.URL)
	if err != nil || !slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme) {
		return
	}
	r.Origin, r.Foreign = bounded(originOf(u)), !slices.Contains(w.origins, originOf(u))
	r.URL, r.Method = bounded(r.URL), bounded(r.Method)
	w.last = time.Now()
	w.seen.RequestCount++
	if !r.Done {
		w.pending[id] = true
	}
	w.byID[id] = &r
	if len(w.seen.Requests) < most {
		w.seen.Requests = append(w.seen.Requests, &r)
	}
}

func (w *watch) answered(e *network.EventResponseReceived) {
	if r := w.byID[e.RequestID]; r != nil {
		w.last = time.Now()
		r.Status, r.Media = int(e.Response.Status), bounded(e.Response.MimeType)
	}
}

func (w *watch) ended(id network.RequestID, how func(*Request)) {
	r := w.byID[id]
	if r == nil {
		return
	}
	w.last = time.Now()
	delete(w.pending, id)
	delete(w.byID, id)
	how(r)
}

func failed(r *Request, e *network.EventLoadingFailed) {
	r.Failure, r.Canceled, r.Blocked = bounded(e.ErrorText), e.Canceled, string(e.BlockedReason)
	if e.CorsErrorStatus != nil {
		r.Blocked = "cors"
	}
}

// fromConsole reads what the page wrote to its console.
func fromConsole(e *runtime.EventConsoleAPICalled) Message {
	var words []string
	for _, arg := range e.Args {
		words = append(words, textOf(arg))
	}
	m := Message{Source: "console", Level: string(e.Type), Text: strings.Join(words, " ")}
	if e.Type == runtime.ConsoleAPICalledTypeAssert {
		m.Level = "error" // a console shows it as one
	}
	if e.StackTrace != nil && len(e.StackTrace.CallFrames) > 0 {
		top := e.StackTrace.CallFrames[0]
		m.URL, m.Line = top.URL, top.LineNumber+1
	}
	return m
}

// fromException reads what the page threw and nobody caught.
func fromException(e *runtime.EventExceptionThrown) Message {
	d := e.ExceptionDetails
	m := Message{Source: "exception", Level: "error", Text: d.Text, URL: d.URL, Line: d.LineNumber + 1}
	if d.Exception != nil {
		m.Text += " " + textOf(d.Exception)
	}
	return m
}

func textOf(o *runtime.RemoteObject) string {
	switch {
	case o == nil:
		return ""
	case o.Description != "":
		return o.Description
	case len(o.Value) > 0:
		return strings.Trim(string(o.Value), `"`)
	}
	return string(o.UnserializableValue)
}
