package redact

// form is one way of writing one secret down.
type form struct {
	name, mark string
	matcher
}

// matcher compares the front of a text with a written value. It gives the length
// of the longest match, 0 for none; more tells that text is cut off before a
// match, or a longer one, can be excluded.
type matcher interface {
	match(text []byte) (end int, more bool)
}

// starts finds the few forms that can begin at a place from the two bytes there,
// so that nearly all of a text is passed over with one look-up per byte.
type starts struct {
	first  [256]bool
	pairs  []uint32 // two bytes -> index into groups; nil when there are no secrets
	groups [][]*form
	// escapes finds forms by the first byte of their value, for a text that begins
	// with an escape: any value might, so the two bytes tell too little.
	escapes [256][]*form
}

// findStarts asks the matchers themselves which bytes they can begin with; so the
// table cannot disagree with them.
func findStarts(secrets []Secret) starts {
	var s starts
	if len(secrets) == 0 {
		return s
	}
	cells := map[int][]*form{}
	for _, secret := range secrets {
		for _, m := range writings(secret.Value) {
			f := &form{secret.Name, mark(secret.Name), m}
			_, escapable := m.(escaped)
			if escapable {
				s.escapes[secret.Value[0]] = append(s.escapes[secret.Value[0]], f)
			}
			for a := range 256 {
				if !canBegin(m, byte(a)) {
					continue
				}
				s.first[a] = true
				if escapable && introduces(byte(a)) && byte(a) != secret.Value[0] && a != '+' {
					continue
				}
				for b := range 256 {
					if canBegin(m, byte(a), byte(b)) {
						cells[a<<8|b] = append(cells[a<<8|b], f)
					}
				}
			}
		}
	}
	s.first[markOpen[0]] = true
	s.pairs = make([]uint32, 1<<16)
	s.groups = make([][]*form, 1, len(cells)+1)
	for pair, forms := range cells {
		s.pairs[pair] = uint32(len(s.groups))
		s.groups = append(s.groups, forms)
	}
	return s
}

func canBegin(m matcher, text ...byte) bool {
	_, more := m.match(text)
	return more
}

// writings are all forms in which a value is searched for.
func writings(value string) []matcher {
	return []matcher{escaped(value), inHex(value), inBase64(value, 0), inBase64(value, 1), inBase64(value, 2)}
}

// longest gives the longest match at the front of text; of equal ones that of
// the longer value.
func (s *starts) longest(text []byte) (best *form, end int, more bool) {
	if len(text) < 2 {
		return nil, 0, true
	}
	try := func(forms []*form) {
		for _, f := range forms {
			reach, unsure := f.match(text)
			more = more || unsure
			if reach > end {
				best, end = f, reach
			}
		}
	}
	try(s.groups[s.pairs[int(text[0])<<8|int(text[1])]])
	if c := escape(text); c.more {
		more = true
	} else if c.n > 0 {
		try(s.escapes[c.bytes[0]])
	}
	return best, end, more
}
