package lab

import (
	"bytes"
	"sync"

	"listo/internal/engine/redact"
)

// learned are values that turned out to be secret while the audit ran: tokens
// that the patient gave out. All records of one audit share them, since the
// patient may print tomorrow what it was sent today.
type learned struct {
	mu       sync.Mutex
	secrets  []redact.Secret
	redactor *redact.Redactor // nil: nothing learnt
}

// Learn makes all records of this audit hide one more value from here on. It is
// no declared secret: FindSecrets does not count it.
func (r *Recorder) Learn(secret redact.Secret) {
	if clean, _ := r.clean([]byte(secret.Value)); !bytes.Contains(clean, []byte(secret.Value)) {
		return // the redactor knows such values by their look, or this one already
	}
	l := r.learned
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets = append(l.secrets, secret)
	l.redactor = redact.New(l.secrets)
}

func (l *learned) known() *redact.Redactor {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.redactor
}
