package evidence

import (
	"encoding/json"
	"time"
)

// Blob points at raw bytes kept under evidence/blobs, redacted before they
// reached the disk.
type Blob struct {
	Name   string `json:"name"`  // what it is: "response", "stdout", "readings"
	Media  string `json:"media"` // media type, for the reader's eyes
	Digest Digest `json:"digest"`
	Size   int64  `json:"size"` // bytes on disk
	// TrueSize and TrueDigest describe the bytes as they came when the blob was
	// capped; the kept bytes are then their head and tail, or none.
	TrueSize   int64  `json:"true_size,omitempty"`
	TrueDigest Digest `json:"true_digest,omitempty"`
	// FromPatient tells that the patient wrote these bytes: they are hostile text.
	FromPatient bool `json:"from_patient,omitempty"`
	// Redacted counts the secrets that were cut out, by name.
	Redacted map[string]int `json:"redacted,omitempty"`
}

// Left tells that nothing was kept of a blob but its true size and digest.
func (b Blob) Left() bool { return b.Size == 0 && b.TrueSize > 0 }

// Names of the two blobs of several touches that are recorded as one step: their
// lines, with time, status and error, and what they kept.
const (
	FoldedLines   = "lines.jsonl"
	FoldedAnswers = "answers.jsonl"
)

// Step is one touch of the world and its raw answer.
type Step struct {
	Instrument string    `json:"instrument"` // http, sql, command, service, file
	At         time.Time `json:"at"`
	TookMS     float64   `json:"took_ms"`
	// Replay is the line a sceptic pastes into a shell; secrets stand as $NAMES.
	Replay string `json:"replay,omitempty"`
	// Status is the HTTP status or exit code; 0 where the instrument has none.
	Status int    `json:"status"`
	Err    string `json:"err,omitempty"` // why there is no whole answer
	Raw    []Blob `json:"raw,omitempty"`
}

// Experiment is the record of one check having been tried once.
type Experiment struct {
	Check   string    `json:"check"`
	Attempt int       `json:"attempt"` // 1 for the first
	Began   time.Time `json:"began"`
	TookMS  float64   `json:"took_ms"`
	Steps   []Step    `json:"steps,omitempty"`
	// Observed is what was measured, never what it means; nil when Err is set.
	Observed json.RawMessage `json:"observed,omitempty"`
	// Err says why nothing could be measured. Lacks names what was missing.
	Err   string   `json:"err,omitempty"`
	Lacks []string `json:"lacks,omitempty"`
}

// Errored tells that the experiment saw nothing, so that it may be tried again.
func (e Experiment) Errored() bool { return e.Err != "" || len(e.Observed) == 0 }

// ControlRun is the record of a check's detector having been shown a sick twin.
type ControlRun struct {
	Class string `json:"class"`
	Experiment
}

// Confirmation is a person's word on a pre-gate.
type Confirmation struct {
	Check string `json:"check"`
	By    string `json:"by"`
	Via   string `json:"via"` // "terminal" or "token"
}

// Handling is what listo did to the patient outside any check: started it,
// cloned its database, put things back. The steps are the proof.
type Handling struct {
	Gate  string `json:"gate,omitempty"`
	Act   string `json:"act"`
	Steps []Step `json:"steps,omitempty"`
	Err   string `json:"err,omitempty"`
}
