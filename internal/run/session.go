// Package run makes an audit happen: it takes a plan into the lab and writes
// the ledger.
//
// It knows order, stops and resumption, and tells what happens as events. It
// does not know what any gate asks, and it decides nothing: the verdict is read
// out of the ledger by evidence.Decide. An audit is a list of steps whose whole
// state is the ledger, so that any engine may drive it.
package run

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
)

// Names inside the folder of the reports.
const (
	EvidenceFolder = "evidence"
	LedgerFile     = "ledger.jsonl"
	BlobsFolder    = "blobs"
)

// Options are what an audit is made of.
type Options struct {
	Config *config.Config
	Gates  []evidence.Gate
	Bundle string // folder of the reports
	// Owned tells that the user has named the attached target as his own, so that
	// load, locks and writes are allowed there.
	Owned  bool
	Events func(Event)
	Now    func() time.Time
	Rand   io.Reader
	// Secrets are the values that must never reach the disk.
	Secrets []redact.Secret
	// CheckTimeout bounds one check whatever it does; DefaultCheckTimeout when zero.
	CheckTimeout time.Duration
	// BlobCap is the most bytes of a raw answer that is kept, see lab.Blobs.CapAt; when
	// zero, lab.BlobCap holds.
	BlobCap int
}

// Session is an audit with its ledger open.
type Session struct {
	Options
	ledger evidence.Ledger
	file   *os.File
	redact *redact.Redactor
	// record is what the records of all experiments are made from.
	record *lab.Recorder
}

// Begin starts a new audit: the evidence of the last one is put aside, the plan
// becomes the first line of the ledger.
func Begin(o Options, plan evidence.Plan) (*Session, error) {
	folder := filepath.Join(o.Bundle, EvidenceFolder)
	if err := putAside(folder); err != nil {
		return nil, err
	}
	s, err := open(o, folder, os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err
	}
	return s, s.append(evidence.Entry{Plan: &plan})
}

// Resume takes up the audit whose ledger lies in the bundle. A half-written last
// line is dropped and the drop is written down. subject must be what the plan
// was made for.
func Resume(o Options, subject evidence.Subject) (*Session, error) {
	folder := filepath.Join(o.Bundle, EvidenceFolder)
	path := filepath.Join(folder, LedgerFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("audit: there is none to resume in %s: run listo audit", o.Bundle)
	}
	s, err := open(o, folder, 0)
	if err != nil {
		return nil, err
	}
	if err := s.takeUp(path, subject); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// takeUp reads the ledger at path, which this session holds, and goes on with it.
func (s *Session) takeUp(path string, subject evidence.Subject) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	ledger, err := evidence.ReadLedger(src)
	if err != nil {
		return fmt.Errorf("%w: start anew with listo audit", err)
	}
	plan, ok := ledger.Plan()
	if !ok {
		return fmt.Errorf("audit: %s holds no plan: start anew with listo audit", path)
	}
	if plan.Subject != subject {
		return fmt.Errorf("audit: what is judged has changed since the plan was made (%s): start anew with listo audit", difference(plan.Subject, subject))
	}
	if err := s.file.Truncate(int64(len(src) - ledger.Torn)); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	torn := ledger.Torn
	s.ledger = ledger
	s.ledger.Torn = 0
	return s.append(evidence.Entry{Resumed: &evidence.Resumed{TornBytes: torn}})
}

// open makes or opens the ledger's file and holds it: two audits in one ledger
// would break each other's chain.
func open(o Options, folder string, flags int) (*Session, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("audit: %w: choose a reports folder that can be written", err)
	}
	file, err := os.OpenFile(filepath.Join(folder, LedgerFile), os.O_WRONLY|os.O_APPEND|flags, 0o644)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	if err := hold(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	blobs, err := lab.OpenBlobs(filepath.Join(folder, BlobsFolder))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if o.BlobCap > 0 {
		blobs.CapAt(o.BlobCap)
	}
	known := redact.New(o.Secrets)
	return &Session{Options: o, file: file, redact: known, record: lab.NewRecorder(blobs, known, o.Now)}, nil
}

// hold locks a ledger until its file is closed, at the latest when listo dies.
func hold(ledger *os.File) error {
	if err := syscall.Flock(int(ledger.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("audit: another listo is at work on %s: wait for it, or choose another folder with --reports: %w", ledger.Name(), err)
	}
	return nil
}

// Close closes the ledger's file; the ledger stays readable in memory.
func (s *Session) Close() error { return s.file.Close() }

// Ledger gives what has happened so far.
func (s *Session) Ledger() evidence.Ledger { return s.ledger }

// Plan gives the audit's plan.
func (s *Session) Plan() evidence.Plan { p, _ := s.ledger.Plan(); return p }

// Confirm writes down a person's word on a pre-gate.
func (s *Session) Confirm(c evidence.Confirmation) error {
	return s.append(evidence.Entry{Confirmation: &c})
}

// append writes one line and makes sure it is on the disk before anything else
// happens: after a kill the ledger says all that was done up to its last line. A
// line that could not be written whole is taken back, so that a later one does
// not follow half of it.
func (s *Session) append(e evidence.Entry) error {
	before, err := s.file.Stat()
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	e.At = s.Now().UTC()
	if err := s.ledger.Append(s.file, e); err != nil {
		return errors.Join(err, s.file.Truncate(before.Size()))
	}
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// Previous gives the ledger of the last audit in the same folder: the one that the
// plan names, and no other that may lie there.
func (s *Session) Previous() (evidence.Ledger, bool) {
	plan, _ := s.ledger.Plan()
	if plan.Previous == nil {
		return evidence.Ledger{}, false
	}
	src, err := os.ReadFile(filepath.Join(s.Bundle, EvidenceFolder+asideSuffix, LedgerFile))
	if err != nil {
		return evidence.Ledger{}, false // it was cleared away: nothing hangs on it
	}
	ledger, err := evidence.ReadLedger(src)
	return ledger, err == nil && ledger.Head == plan.Previous.Head
}

// asideSuffix is what the folder of the last audit's evidence is called beside the
// one of this audit.
const asideSuffix = ".previous"

// putAside keeps the evidence of the last audit as evidence.previous.
func putAside(folder string) error {
	if _, err := os.Stat(folder); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if old, err := os.Open(filepath.Join(folder, LedgerFile)); err == nil {
		defer old.Close()
		if err := hold(old); err != nil {
			return err
		}
	}
	previous := folder + asideSuffix
	if err := os.RemoveAll(previous); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if err := os.Rename(folder, previous); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

func difference(planned, now evidence.Subject) string {
	switch {
	case planned.Config != now.Config:
		return "listo.yaml"
	case planned.Commit != now.Commit:
		return "the commit"
	case planned.Source != now.Source || planned.Dirty != now.Dirty:
		return "the source"
	}
	return "the target"
}

// FindSecrets counts the audit's secrets in a text, by name.
func (s *Session) FindSecrets(text []byte) map[string]int { return s.redact.Find(text) }
