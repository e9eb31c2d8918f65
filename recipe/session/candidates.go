package session

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"slices"
)

// A browser may send several refresh tokens: of other domains and paths, and
// planted by a sibling. A core takes a spent one for theft and ends the
// session, so the order in which they are tried decides. What is read here is
// not verified and gives nothing to anybody: it is an order and nothing else.

// candidate is one of several refresh tokens.
type candidate struct {
	token string
	line  string // which session it says to be of, or the token itself if nobody can read it
	age   uint32 // how many came before it there
}

// The part of a refresh token of our core that says where it stands: version,
// flags, session, generation. Tokens of other cores cannot be read.
const (
	refreshVersion = 1
	lineFrom       = 2
	lineTo         = lineFrom + 16
	ageTo          = lineTo + 4
)

func newCandidate(token string) candidate {
	c := candidate{token: token, line: token}
	if len(token) > maxToken {
		return c
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil && len(b) > ageTo && b[0] == refreshVersion {
		c.line, c.age = string(b[lineFrom:lineTo]), binary.BigEndian.Uint32(b[lineTo:ageTo])
	}
	return c
}

// inOrder returns the tokens in the order in which they are tried: first those
// of the session that the newest access token of the request is of, then the
// others as the browser sent them; of each session the newest first.
func (r *Recipe) inOrder(req *http.Request, tokens []string) []string {
	if len(tokens) < 2 {
		return tokens
	}
	paired := r.pairedHash(req)
	list := make([]candidate, len(tokens))
	first := map[string]int{} // the place of each line
	for i, token := range tokens {
		list[i] = newCandidate(token)
		line := list[i].line
		if _, seen := first[line]; !seen {
			first[line] = i
		}
		if hashOf(token) == paired {
			first[line] = -1
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(first[a.line], first[b.line]), cmp.Compare(b.age, a.age))
	})
	ordered := make([]string, len(list))
	for i, c := range list {
		ordered[i] = c.token
	}
	return ordered
}

// pairedHash is the hash of the refresh token that was given out together with
// the newest genuine access token of the request; it may have expired.
func (r *Recipe) pairedHash(req *http.Request) string {
	var newest *accessToken
	for _, token := range distinct(req, r.cfg.AccessCookie) {
		t, err := r.verifySignature(req.Context(), token)
		if err == nil && (newest == nil || t.issued > newest.issued) {
			newest = t
		}
	}
	if newest == nil {
		return ""
	}
	return newest.refreshHash
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
