package lab

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"listo/internal/engine/redact"
	"listo/internal/evidence"
)

// Recorder collects the steps of one experiment. Instruments write to it; checks
// need not. Everything passes the redactor first.
type Recorder struct {
	blobs    *Blobs
	redactor *redact.Redactor
	now      func() time.Time
	canary   *redact.Redactor // knows what Plant added; nil: nothing
	learned  *learned

	mu    sync.Mutex
	fold  int // steps that stay when this record is folded; 0: it is not
	brief bool
	steps []held
	err   error
}

// NewRecorder gives an empty record that keeps its bytes in blobs.
func NewRecorder(blobs *Blobs, redactor *redact.Redactor, now func() time.Time) *Recorder {
	return &Recorder{blobs: blobs, redactor: redactor, now: now, learned: &learned{}}
}

// Fresh gives an empty record of the same audit, over the same store.
func (r *Recorder) Fresh() *Recorder {
	return &Recorder{blobs: r.blobs, redactor: r.redactor, now: r.now, learned: r.learned}
}

// Now is the audit's clock.
func (r *Recorder) Now() time.Time { return r.now() }

// Steps gives what was recorded so far and the first error of writing it down. A
// record that is to be folded is folded by that.
func (r *Recorder) Steps() ([]evidence.Step, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fold > 0 {
		r.steps, r.fold = r.folded(), 0
	}
	var steps []evidence.Step
	for _, s := range r.steps {
		steps = append(steps, s.Step)
	}
	return steps, r.err
}

// Touch begins a step. The instrument fills it and calls End once.
func (r *Recorder) Touch(instrument, replay string) *Touch {
	return &Touch{r: r, step: held{Step: evidence.Step{Instrument: instrument, Replay: r.Redact(replay), At: r.now().UTC()}}}
}

// Touch is a step being written.
type Touch struct {
	r    *Recorder
	step held
}

// Capture keeps raw bytes under a name. fromPatient marks what the patient
// wrote, as against what listo sent or read elsewhere.
func (t *Touch) Capture(name, media string, raw []byte, fromPatient bool) {
	clean, found := t.r.clean(raw)
	t.keep(name, media, clean, found, fromPatient)
}

// CaptureCut is Capture for bytes that stop in the middle: more bytes came (of
// unknown number when more is negative) and were not kept. What stands at the
// cut may be half a secret, which no redactor would know, so it is left out.
func (t *Touch) CaptureCut(name, media string, raw []byte, more int64, fromPatient bool) {
	clean, found := t.r.cleanCut(raw)
	note := "\n… cut here …\n"
	if more >= 0 {
		note = fmt.Sprintf("\n… cut here, %d bytes followed …\n", more)
	}
	t.keep(name, media, append(clean, note...), found, fromPatient)
}

// Publish keeps a file that the gate publishes beside its pages (evidence.Gate,
// Files): whole, whatever its size up to PublishCap. What a control makes is published
// by nobody: there it is an answer as others are.
func (t *Touch) Publish(name, media string, raw []byte, fromPatient bool) {
	clean, found := t.r.clean(raw)
	if t.r.isBrief() {
		t.keep(name, media, clean, found, fromPatient)
		return
	}
	if err := wholly(name, clean); err != nil {
		t.r.fail(err)
		return
	}
	t.put(piece{evidence.Blob{Name: name, Media: media, FromPatient: fromPatient, Redacted: found}, clean, true})
}

func (r *Recorder) isBrief() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.brief
}

func (t *Touch) keep(name, media string, clean []byte, found map[string]int, fromPatient bool) {
	blob, kept := t.r.blobs.capped(name, media, clean)
	blob.FromPatient, blob.Redacted = fromPatient, found
	t.put(piece{blob, kept, false})
}

// put keeps a piece at once, or until its record is folded.
func (t *Touch) put(p piece) {
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	t.step.pieces = append(t.step.pieces, p)
	if t.r.fold == 0 {
		t.r.settle(&t.step)
	}
}

// End closes the step with its status and error and puts it on the record.
func (t *Touch) End(status int, err error) {
	t.step.Status = status
	t.step.TookMS = Milliseconds(t.r.now().Sub(t.step.At))
	if err != nil {
		t.step.Err = t.r.Redact(err.Error())
	}
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	if t.r.fold == 0 {
		t.r.settle(&t.step) // what it holds since before its record was folded
	}
	t.r.steps = append(t.r.steps, t.step)
}

// Redact removes secrets from a text that is about to be kept or shown.
func (r *Recorder) Redact(s string) string {
	cleaned, _ := r.clean([]byte(s))
	return string(cleaned)
}

// FindSecrets counts secret values in bytes, by name.
func (r *Recorder) FindSecrets(b []byte) map[string]int {
	found := r.redactor.Find(b)
	if r.canary != nil {
		found = added(found, r.canary.Find(b))
	}
	return found
}

// Plant makes this record know one more secret: the canary of a sick twin, a
// value that nobody uses and that every search must find.
func (r *Recorder) Plant(canary redact.Secret) { r.canary = redact.New([]redact.Secret{canary}) }

func (r *Recorder) clean(b []byte) ([]byte, map[string]int) {
	return r.through(b, func(known *redact.Redactor, b []byte) ([]byte, map[string]int) { return known.Clean(b) })
}

// cleanCut leaves out what the end of b may be the beginning of: a writer that
// is never closed keeps that to itself.
func (r *Recorder) cleanCut(b []byte) ([]byte, map[string]int) {
	return r.through(b, func(known *redact.Redactor, b []byte) ([]byte, map[string]int) {
		var out bytes.Buffer
		w := known.Writer(&out)
		_, _ = w.Write(b) // a bytes.Buffer takes everything
		return out.Bytes(), w.Found()
	})
}

// through leads b through all that this record knows to be secret.
func (r *Recorder) through(b []byte, clean func(*redact.Redactor, []byte) ([]byte, map[string]int)) (cleaned []byte, found map[string]int) {
	cleaned = b
	for _, known := range []*redact.Redactor{r.redactor, r.canary, r.learned.known()} {
		if known != nil {
			var more map[string]int
			cleaned, more = clean(known, cleaned)
			found = added(found, more)
		}
	}
	return cleaned, found
}

// added gives the counts of both.
func added(a, b map[string]int) map[string]int {
	if len(a) == 0 {
		return b
	}
	for name, n := range b {
		a[name] += n
	}
	return a
}

func (r *Recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost(err)
}

// lost is fail for one who holds the lock.
func (r *Recorder) lost(err error) {
	if r.err == nil {
		r.err = err
	}
}

// Milliseconds gives a duration in the unit of every *_ms key, to the microsecond.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
