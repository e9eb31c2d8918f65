package lambda

import "bytes"

// encoding/json goes through every byte of what it reads three times, and most
// of an event are headers, which some events have twice. So headers are taken
// off before it sees them.

// takeHeaders takes the headers off an event and returns the rest. An event
// that is not written as gateways write it, without white space, stays whole.
func (e *event) takeHeaders(payload []byte) []byte {
	if !bytes.HasPrefix(payload, []byte(`{"`)) {
		return payload
	}
	var headers, multi []byte
	rest := append(make([]byte, 0, len(payload)), '{')
	for left := payload[1:]; ; left = left[1:] {
		n := memberEnd(left)
		if n < 0 || left[0] != '"' {
			return payload
		}
		member := left[:n]
		if value, ok := objectOf(member, `"headers":`); ok {
			headers = value
		} else if value, ok := objectOf(member, `"multiValueHeaders":`); ok {
			multi = value
		} else {
			rest = append(append(rest, member...), ',')
		}
		if left = left[n:]; string(left) == "}" {
			break
		}
	}
	e.Headers, e.MultiHeaders = headers, multi
	return append(bytes.TrimSuffix(rest, []byte(",")), '}')
}

// objectOf is the value of the member with a name, if it is an object with no
// white space around it.
func objectOf(member []byte, name string) (value []byte, ok bool) {
	value, ok = bytes.CutPrefix(member, []byte(name))
	return value, ok && bytes.HasPrefix(value, []byte("{")) && bytes.HasSuffix(value, []byte("}"))
}

// memberEnd is where the first member of an object ends, and −1 if it does not.
func memberEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			n := textEnd(text[i+1:])
			if n < 0 {
				return -1
			}
			i += n + 1
		case '{', '[':
			depth++
		case ',':
			if depth == 0 {
				return i
			}
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		}
	}
	return -1
}

// textEnd is where the quote is that ends a text, and −1 if there is none.
func textEnd(text []byte) int {
	for at := 0; ; at++ {
		n := bytes.IndexByte(text[at:], '"')
		if n < 0 {
			return -1
		}
		at += n
		escapes := len(text[:at]) - len(bytes.TrimRight(text[:at], `\`))
		if escapes%2 == 0 {
			return at
		}
	}
}
