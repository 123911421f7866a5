package redact

// values is the first stage: declared secrets, by value.
type values struct {
	redactor *Redactor
	count    func(name string)
	out      []byte
	// covered is how many bytes at the front of the next text belong to a match
	// already marked, and last the mark written for it. Only a match that reaches
	// further than covered is marked again: so of secrets that overlap nothing is
	// left, and a secret inside another is not told apart.
	covered int
	last    string
}

// feed scans text as far as can be decided, and gives how far that was and what
// to pass on.
func (v *values) feed(text []byte, final bool) (used int, out []byte) {
	v.out = v.out[:0]
	starts := &v.redactor.starts
	i, from := 0, v.covered // text[from:i] is clean and not yet passed on
	for i < len(text) {
		if !starts.first[text[i]] {
			i++
			continue
		}
		if i >= from && text[i] == markOpen[0] {
			width, more := v.ownMark(text[i:])
			if more && !final {
				break
			}
			if width > 0 {
				i += width
				continue
			}
		}
		form, end, more := starts.longest(text[i:])
		if more && !final {
			break
		}
		if end > 0 && i+end > from {
			v.replace(text, from, i, form)
			from = i + end
		}
		i++
	}
	if i > from {
		v.out = append(v.out, text[from:i]...)
	}
	v.covered = max(0, from-i)
	return i, v.out
}

// replace passes on the clean text before a match and then its mark. A match
// that overlaps the one before it under the same name needs no second mark.
func (v *values) replace(text []byte, from, i int, f *form) {
	if i < from && f.mark == v.last {
		return
	}
	if i > from {
		v.out = append(v.out, text[from:i]...)
	}
	v.out = append(v.out, f.mark...)
	v.last = f.mark
	v.count(f.name)
}

// ownMark gives the length of a mark of this redactor. What stands in it is a
// name, even where that name contains some secret's value.
func (v *values) ownMark(text []byte) (width int, more bool) {
	width, more = markWidth(text)
	if width > 0 && !v.redactor.marks[string(text[:width])] {
		width = 0
	}
	return width, more
}
