package password

import (
	"encoding/binary"

	"golang.org/x/crypto/blake2b"
)

// This is the data-dependent variant of Argon2 (RFC 9106), which the library
// does not have. It serves to verify hashes that were made elsewhere.

const (
	blockWords = 128 // of 64 bits
	syncPoints = 4   // synchronisation points of a pass
)

type block [blockWords]uint64

// argon2dInput is what is hashed; secret and data are optional.
type argon2dInput struct{ password, salt, secret, data []byte }

// argon2dMemory is the memory being filled: lanes of columns blocks each.
type argon2dMemory struct {
	blocks         []block
	lanes, columns uint32
}

func (in argon2dInput) key(p Params, size int) []byte {
	lanes := uint32(p.Parallelism)
	columns := p.MemoryKiB / (syncPoints * lanes) * syncPoints
	m := argon2dMemory{make([]block, lanes*columns), lanes, columns}
	m.seed(in.first(p, size))
	for pass := range p.Iterations {
		for slice := range uint32(syncPoints) {
			for lane := range lanes {
				m.fillSegment(pass, slice, lane)
			}
		}
	}
	last := m.blocks[columns-1]
	for lane := uint32(1); lane < lanes; lane++ {
		xor(&last, &m.blocks[(lane+1)*columns-1])
	}
	return longHash(last.bytes(), size)
}

// first is the hash of all inputs, H0.
func (in argon2dInput) first(p Params, size int) []byte {
	var b []byte
	for _, n := range []uint32{uint32(p.Parallelism), uint32(size), p.MemoryKiB, p.Iterations, 0x13, 0} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	for _, text := range [][]byte{in.password, in.salt, in.secret, in.data} {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	sum := blake2b.Sum512(b)
	return sum[:]
}

// seed fills the first two columns.
func (m *argon2dMemory) seed(first []byte) {
	for lane := range m.lanes {
		for column := range uint32(2) {
			in := binary.LittleEndian.AppendUint32(append([]byte{}, first...), column)
			in = binary.LittleEndian.AppendUint32(in, lane)
			b := &m.blocks[lane*m.columns+column]
			for i, raw := 0, longHash(in, 8*blockWords); i < blockWords; i++ {
				b[i] = binary.LittleEndian.Uint64(raw[8*i:])
			}
		}
	}
}

func (m *argon2dMemory) fillSegment(pass, slice, lane uint32) {
	segment := m.columns / syncPoints
	first := uint32(0)
	if pass == 0 && slice == 0 {
		first = 2
	}
	for i := first; i < segment; i++ {
		column := slice*segment + i
		previous := &m.blocks[lane*m.columns+(column+m.columns-1)%m.columns]
		reference := m.reference(pass, slice, lane, i, previous[0])
		current := &m.blocks[lane*m.columns+column]
		mixed := compress(previous, reference)
		if pass > 0 {
			xor(&mixed, current)
		}
		*current = mixed
	}
}

// reference returns the earlier block that the pseudo-random word points to.
func (m *argon2dMemory) reference(pass, slice, lane, i uint32, random uint64) *block {
	segment := m.columns / syncPoints
	from := uint32(random>>32) % m.lanes
	if pass == 0 && slice == 0 {
		from = lane
	}
	area, start := slice*segment, uint32(0)
	if pass > 0 {
		area, start = m.columns-segment, (slice+1)%syncPoints*segment
	}
	if from == lane {
		area += i - 1
	} else if i == 0 {
		area--
	}
	x := random & 0xffffffff
	x = x * x >> 32
	x = uint64(area) * x >> 32
	column := (start + area - 1 - uint32(x)) % m.columns
	return &m.blocks[from*m.columns+column]
}

// longHash is the hash H' of any length.
func longHash(in []byte, size int) []byte {
	in = append(binary.LittleEndian.AppendUint32(nil, uint32(size)), in...)
	if size <= blake2b.Size {
		return shortHash(in, size)
	}
	var out []byte
	v := shortHash(in, blake2b.Size)
	for size-len(out) > blake2b.Size {
		out = append(out, v[:blake2b.Size/2]...)
		v = shortHash(v, min(blake2b.Size, size-len(out)))
	}
	return append(out, v...)
}

func shortHash(in []byte, size int) []byte {
	h, err := blake2b.New(size, nil)
	if err != nil {
		panic(err) // sizes are 1 to 64 by the caps on imported hashes
	}
	h.Write(in)
	return h.Sum(nil)
}

func (b *block) bytes() []byte {
	var out []byte
	for _, w := range b {
		out = binary.LittleEndian.AppendUint64(out, w)
	}
	return out
}

func xor(to, with *block) {
	for i := range to {
		to[i] ^= with[i]
	}
}

// compress is the function G.
func compress(x, y *block) block {
	r := *x
	xor(&r, y)
	q := r
	for i := 0; i < blockWords; i += 16 {
		q.permute(i, 1, 2)
	}
	for i := 0; i < 16; i += 2 {
		q.permute(i, 1, 16)
	}
	xor(&q, &r)
	return q
}

// permute is the permutation P over eight pairs of words: the pairs begin at
// start and stand stride words apart, the words of a pair stand next apart.
func (b *block) permute(start, next, stride int) {
	at := func(i int) *uint64 { return &b[start+i/2*stride+i%2*next] }
	for _, q := range [8][4]int{
		{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
		{0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14},
	} {
		mix(at(q[0]), at(q[1]), at(q[2]), at(q[3]))
	}
}

func mix(a, b, c, d *uint64) {
	for _, by := range [2][2]int{{32, 24}, {16, 63}} {
		*a += *b + 2*uint64(uint32(*a))*uint64(uint32(*b))
		*d = rotate(*d^*a, by[0])
		*c += *d + 2*uint64(uint32(*c))*uint64(uint32(*d))
		*b = rotate(*b^*c, by[1])
	}
}

func rotate(w uint64, by int) uint64 { return w>>by | w<<(64-by) }
