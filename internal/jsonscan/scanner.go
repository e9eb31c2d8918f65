package jsonscan

import "bytes"

// scanner passes over JSON (RFC 8259). Its methods report whether there was
// what they pass over.
type scanner struct {
	text []byte
	at   int
}

// members passes over an object.
func (s *scanner) members() (all Object, ok bool) {
	if s.space(); !s.take('{') {
		return nil, false
	}
	if s.space(); s.take('}') {
		return nil, true
	}
	all = make(Object, 0, 16)
	for {
		quoted, ok := s.name()
		if !ok {
			return nil, false
		}
		name, ok := unquote(quoted)
		s.space()
		start := s.at
		if !ok || !s.value() {
			return nil, false
		}
		all = append(all, Member{name, s.text[start:s.at]})
		if s.space(); !s.take(',') {
			return all, s.take('}')
		}
	}
}

// value passes over any value. It does not call itself, because how deep a
// value nests is up to whoever sent it.
func (s *scanner) value() bool {
	var room [32]byte
	open := room[:0] // the brackets that will have to come
	for {
		s.space()
		if c := s.peek(); c == '{' || c == '[' {
			closing := c + 2 // in ASCII
			s.at++
			if s.space(); !s.take(closing) {
				open = append(open, closing)
				if !s.element(closing) {
					return false
				}
				continue
			}
		} else if !s.scalar() {
			return false
		}
		open = s.close(open)
		if len(open) == 0 {
			return true
		}
		if !s.take(',') || !s.element(open[len(open)-1]) {
			return false
		}
	}
}

// close passes over the brackets that come, and returns those still to come.
func (s *scanner) close(open []byte) []byte {
	for len(open) > 0 {
		if s.space(); !s.take(open[len(open)-1]) {
			break
		}
		open = open[:len(open)-1]
	}
	return open
}

// element passes over what stands before a value in these brackets.
func (s *scanner) element(closing byte) bool {
	if closing == ']' {
		return true
	}
	_, ok := s.name()
	return ok
}

// name passes over the name of a member and the colon after it.
func (s *scanner) name() (quoted []byte, ok bool) {
	s.space()
	start := s.at
	if !s.string() {
		return nil, false
	}
	quoted = s.text[start:s.at]
	s.space()
	return quoted, s.take(':')
}

func (s *scanner) scalar() bool {
	switch s.peek() {
	case '"':
		return s.string()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

func (s *scanner) string() bool {
	if !s.take('"') {
		return false
	}
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return true
		case c < ' ':
			return false
		case c == '\\' && !s.escape():
			return false
		}
	}
	return false
}

// escape passes over what follows a backslash.
func (s *scanner) escape() bool {
	if _, ok := codeUnit(s.text[s.at-1:]); ok {
		s.at += len("uXXXX")
		return true
	}
	s.at++
	return s.at <= len(s.text) && bytes.IndexByte([]byte(`"\/bfnrt`), s.text[s.at-1]) >= 0
}

func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

func (s *scanner) word(w string) bool {
	if !bytes.HasPrefix(s.text[s.at:], []byte(w)) {
		return false
	}
	s.at += len(w)
	return true
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// take passes over one byte.
func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.at == len(s.text) {
		return false
	}
	s.at++
	return true
}

// peek returns the next byte, or 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}
