package lab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"listo/internal/evidence"
)

// held is a step with the bytes that are not written yet.
type held struct {
	evidence.Step
	pieces []piece
}

// piece is a blob before it is written. Its bytes are free of secrets and capped.
type piece struct {
	blob  evidence.Blob
	kept  []byte
	whole bool // it is to be published
}

// settle writes what a step holds. The caller holds the lock.
func (r *Recorder) settle(s *held) {
	for _, p := range s.pieces {
		blob, err := r.blobs.store(p.blob, p.kept)
		if err != nil {
			r.lost(err)
			continue
		}
		s.Raw = append(s.Raw, blob)
	}
	s.pieces = nil
}

// FoldBeyond makes a record of more steps than that keep as many of them as steps
// of their own: the first and the last, those that failed or met an unusual
// status, those that publish something, and those that kept most. The others, of
// one instrument each time, become one step: their lines, with time, status and
// error, are a blob that nothing cuts, unless they are to be brief; their answers are another. A record of hundreds
// of alike touches is too large to be read and to be committed.
//
// Until Steps is asked for, all bytes are in memory.
func (r *Recorder) FoldBeyond(steps int, brief bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fold = steps
	r.brief = brief
}

// foldable are the instruments whose touches come in hundreds. A start of the
// service, a load and a page in the browser each stand for themselves.
func foldable(instrument string) bool {
	return instrument != "service" && instrument != "load" && instrument != "browser"
}

// folded gives the steps as they are recorded, all bytes written.
func (r *Recorder) folded() []held {
	stays := staying(r.steps, r.fold)
	groups := map[string][]held{}
	begins := map[int]bool{} // the steps at whose place a group stands
	for i, s := range r.steps {
		if !stays[i] {
			begins[i] = len(groups[s.Instrument]) == 0
			groups[s.Instrument] = append(groups[s.Instrument], s)
		}
	}
	var all []held
	for i, s := range r.steps {
		group := groups[s.Instrument]
		switch {
		case stays[i] || len(group) < 3:
			r.settle(&s)
			all = append(all, s)
		case begins[i]:
			one := r.together(group)
			r.settle(&one)
			all = append(all, one)
		}
	}
	return all
}

// staying tells which steps stay steps of their own.
func staying(steps []held, most int) []bool {
	stays := make([]bool, len(steps))
	left := most
	stay := func(i int) {
		if i >= 0 && i < len(steps) && !stays[i] && foldable(steps[i].Instrument) && left > 0 {
			stays[i] = true
			left--
		}
	}
	newest, statuses := map[string]int{}, map[int][]int{}
	for i, s := range steps {
		stays[i] = !foldable(s.Instrument)
		statuses[s.Status] = append(statuses[s.Status], i)
		for _, p := range s.pieces {
			if p.whole {
				newest[p.blob.Name] = i
			}
		}
	}
	for _, i := range newest {
		stays[i] = true
	}
	stay(lastAnswered(steps))
	stay(0)
	stay(len(steps) - 1)
	failures, oddities := max(most/3, 1), max(most/3, 1)
	for i, s := range steps {
		if s.Err != "" && failures > 0 && !stays[i] {
			failures--
			stay(i)
		}
	}
	for i, s := range steps {
		if of := statuses[s.Status]; of[0] == i && len(of) <= len(steps)/4 && oddities > 0 && !stays[i] {
			oddities--
			stay(i)
		}
	}
	for _, i := range bySize(steps) {
		stay(i)
	}
	return stays
}

// lastAnswered is the last step that kept anything.
func lastAnswered(steps []held) int {
	for i := len(steps) - 1; i >= 0; i-- {
		if len(steps[i].pieces) > 0 {
			return i
		}
	}
	return -1
}

// bySize gives the steps' places, those that kept most first.
func bySize(steps []held) []int {
	size := func(i int) (n int) {
		for _, p := range steps[i].pieces {
			n += len(p.kept)
		}
		return n
	}
	places := make([]int, len(steps))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int { return size(b) - size(a) })
	return places
}

// reply is what one of those steps kept.
type reply struct {
	N     int    `json:"n"`
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"` // before anything was cut
	Text  string `json:"text"`
}

// mostOfReply is the most that is kept of one reply among many, in bytes.
const mostOfReply = 4 << 10

// together makes one step of several.
func (r *Recorder) together(group []held) held {
	first, last := group[0], group[len(group)-1]
	one := held{Step: evidence.Step{Instrument: first.Instrument, At: first.At,
		Replay: fmt.Sprintf("# %d touches more, alike: listo replay prints their lines, which stand in %s", len(group), evidence.FoldedLines)}}
	one.TookMS = Milliseconds(last.At.Sub(first.At)) + last.TookMS
	var written, replies bytes.Buffer
	var fromPatient bool
	found := map[string]int{}
	lines := folding{known: map[string]int{}}
	for i, s := range group {
		written.Write(lines.add(s.Step, s.At.Sub(first.At)))
		for _, p := range s.pieces {
			replies.Write(replyOf(i+1, p))
			if p.blob.FromPatient {
				fromPatient = true
				for name, n := range p.blob.Redacted {
					found[name] += n
				}
			}
		}
	}
	blob, kept := evidence.Blob{Name: evidence.FoldedLines, Media: "application/jsonl"}, written.Bytes()
	if r.brief { // one blob for both
		kept = append(kept, replies.Bytes()...)
		replies.Reset()
		blob, kept = r.blobs.capped(blob.Name, blob.Media, kept)
		blob.FromPatient, blob.Redacted = fromPatient, found
	}
	one.pieces = []piece{{blob, kept, !r.brief}}
	if replies.Len() > 0 {
		answers, kept := r.blobs.capped(evidence.FoldedAnswers, "application/jsonl", replies.Bytes())
		answers.FromPatient, answers.Redacted = fromPatient, found
		one.pieces = append(one.pieces, piece{answers, kept, false})
	}
	return one
}

func replyOf(n int, p piece) []byte {
	text := p.kept
	if strings.HasPrefix(p.blob.Media, "image/") {
		text = nil
	}
	if len(text) > mostOfReply {
		text = headAndTail(text, mostOfReply)
	}
	return jsonLine(reply{n, p.blob.Name, max(p.blob.TrueSize, int64(len(p.kept))), strings.ToValidUTF8(string(text), "�")})
}

func jsonLine(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a bytes.Buffer takes everything, and no type in it fails
	return out.Bytes()
}
