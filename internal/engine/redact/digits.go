package redact

// digits matches a value written in the digits of a power of two: hex or base64.
// A digit that the value fills only in part is compared under a mask; so the
// value is found at any alignment inside a longer text, and the digits it shares
// with its neighbours go too.
type digits struct {
	want, mask []byte
	digit      func(byte) (byte, bool)
	padding    int // how many = may follow
}

func inHex(value string) digits {
	return inDigits(value, 4, 0, hexDigit)
}

// inBase64 is the value after so many other bytes of a group of three (RFC 4648,
// both alphabets).
func inBase64(value string, before int) digits {
	d := inDigits(value, 6, before, base64Digit)
	d.padding = (3 - (before+len(value))%3) % 3
	return d
}

// inDigits lays the bits of value after so many unknown bytes and cuts them into
// digits of the given width; digits without a known bit are left out.
func inDigits(value string, width, before int, digit func(byte) (byte, bool)) digits {
	d := digits{digit: digit}
	first, last := before*8, (before+len(value))*8
	for at := first / width * width; at < last; at += width {
		var want, mask byte
		for bit := at; bit < at+width; bit++ {
			want, mask = want<<1, mask<<1
			if bit >= first && bit < last {
				mask |= 1
				want |= value[bit/8-before] >> (7 - bit%8) & 1
			}
		}
		d.want, d.mask = append(d.want, want), append(d.mask, mask)
	}
	return d
}

func (d digits) match(text []byte) (end int, more bool) {
	for n := range d.want {
		c := digitChar(text[end:])
		for breaks := 0; n > 0 && breaks < 2 && c.n == 1 && (c.bytes[0] == '\r' || c.bytes[0] == '\n'); breaks++ {
			end += c.width // base64 is often wrapped into lines
			c = digitChar(text[end:])
		}
		if c.n == 0 {
			return 0, c.more
		}
		got, ok := d.digit(c.bytes[0])
		if !ok || got&d.mask[n] != d.want[n] {
			return 0, false
		}
		end += c.width
	}
	for range d.padding {
		c := digitChar(text[end:])
		if c.more {
			return end, true
		}
		if c.n == 0 || c.bytes[0] != '=' {
			break
		}
		end += c.width
	}
	return end, false
}

// digitChar reads one character that may be escaped for a URL or for JSON: + and
// / and = often are.
func digitChar(text []byte) char {
	if len(text) == 0 {
		return char{more: true}
	}
	switch text[0] {
	case '%':
		return percent(text)
	case '\\':
		c := backslashed(text[1:])
		c.width++
		return c
	}
	return byteChar(text[0], 1)
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

func base64Digit(c byte) (byte, bool) {
	switch {
	case c >= 'A' && c <= 'Z':
		return c - 'A', true
	case c >= 'a' && c <= 'z':
		return c - 'a' + 26, true
	case c >= '0' && c <= '9':
		return c - '0' + 52, true
	case c == '+' || c == '-':
		return 62, true
	case c == '/' || c == '_':
		return 63, true
	}
	return 0, false
}
