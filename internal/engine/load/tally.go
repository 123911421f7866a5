package load

import "time"

// sample is one request that has come to an end. Times are since the run began.
type sample struct {
	request  int
	due      time.Duration // when it should have been sent
	sent     time.Duration // when it was; in the closed model the same
	ended    time.Duration
	measured bool // it fell due after the warm-up
	class    Class
	status   int // 0 without an answer
	bytes    int64
}

const maxStatus = 1000

// tally counts the samples of one endpoint.
type tally struct {
	classes  [classes]int64
	statuses [maxStatus]int64
	over     int64
	bytes    int64
	latency  Histogram // right answers, from due to ended
	service  Histogram // the same, from sent to ended; open model only
	failed   Histogram // failures, from due to ended
}

func (t *tally) record(s sample, p *Profile) (over bool) {
	t.classes[s.class]++
	t.bytes += s.bytes
	t.statuses[s.status]++
	latency := s.ended - s.due
	switch {
	case s.class == Answered:
		over = p.Budget > 0 && latency > p.Budget
		if over {
			t.over++
		}
		t.latency.Record(latency)
		if p.open() {
			t.service.Record(s.ended - s.sent)
		}
	case s.class.Failed():
		t.failed.Record(latency)
	}
	return over
}

func (t *tally) merge(o *tally) {
	for i, n := range o.classes {
		t.classes[i] += n
	}
	for i, n := range o.statuses {
		t.statuses[i] += n
	}
	t.over += o.over
	t.bytes += o.bytes
	t.latency.Merge(&o.latency)
	t.service.Merge(&o.service)
	t.failed.Merge(&o.failed)
}
