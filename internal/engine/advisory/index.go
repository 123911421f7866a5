package advisory

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"slices"
)

// The index of one ecosystem is a file in three parts:
//
//	head    magic, number of names, length of the names part, CRC-32C of it
//	names   per package, sorted: length of the name, the name, length of its
//	        block, CRC-32C of its block; lengths are unsigned varints
//	blocks  per package, in the same order: its records as JSON
//
// Opening it reads head and names only; a look-up reads one block. Every byte
// that is used stands under a checksum. Numbers are little-endian.
const (
	magic    = "listoadv1\n"
	headSize = len(magic) + 4 + 8 + 4
	// Bounds of a believable index: npm has some 220,000 packages with records.
	maxNames     = 4 << 20
	maxNamesSize = 512 << 20
	maxBlockSize = 256 << 20
	maxName      = 4096
)

// errCorrupt says that an index is not what was written.
var errCorrupt = errors.New("the index is damaged: import the export again")

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// writeIndex writes the records of each package.
func writeIndex(w io.Writer, byName map[string][]record) error {
	names := slices.Sorted(maps.Keys(byName))
	var table []byte
	blocks := make([][]byte, len(names))
	for i, name := range names {
		block, err := json.Marshal(byName[name])
		if err != nil {
			return err
		}
		if len(name) > maxName || len(block) > maxBlockSize {
			return fmt.Errorf("the package %.80q has more than an index holds", name)
		}
		blocks[i] = block
		table = binary.AppendUvarint(table, uint64(len(name)))
		table = append(table, name...)
		table = binary.AppendUvarint(table, uint64(len(block)))
		table = binary.LittleEndian.AppendUint32(table, checksum(block))
	}
	head := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(names)))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(table)))
	head = binary.LittleEndian.AppendUint32(head, checksum(table))
	out := bufio.NewWriterSize(w, 1<<20)
	// A bufio.Writer keeps its first error for Flush.
	_, _ = out.Write(head)
	_, _ = out.Write(table)
	for _, block := range blocks {
		_, _ = out.Write(block)
	}
	return out.Flush()
}

// index is an open index.
type index struct {
	file  io.ReaderAt
	names []named // sorted by name
}

type named struct {
	name   string
	offset int64
	length int
	sum    uint32
}

// openIndex reads the names of an index of the given size.
func openIndex(file io.ReaderAt, size int64) (*index, error) {
	head := make([]byte, headSize)
	if _, err := file.ReadAt(head, 0); err != nil || string(head[:len(magic)]) != magic {
		return nil, errCorrupt
	}
	rest := head[len(magic):]
	count, length, sum := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint64(rest[4:]), binary.LittleEndian.Uint32(rest[12:])
	if count > maxNames || length > maxNamesSize || int64(length) > size-int64(headSize) {
		return nil, errCorrupt
	}
	table := make([]byte, length)
	if _, err := file.ReadAt(table, int64(headSize)); (err != nil && err != io.EOF) || checksum(table) != sum {
		return nil, errCorrupt
	}
	x := &index{file: file}
	end, err := x.readNames(string(table), int(count), int64(headSize)+int64(length))
	if err != nil || end != size {
		return nil, errCorrupt
	}
	return x, nil
}

// readNames reads the names part and gives where the last block ends.
func (x *index) readNames(table string, count int, offset int64) (int64, error) {
	x.names = make([]named, 0, min(count, len(table)/6))
	for range count {
		nameLength, table2, ok := cutUvarint(table)
		if !ok || nameLength > maxName || nameLength > len(table2) {
			return 0, errCorrupt
		}
		name := table2[:nameLength]
		length, table3, ok := cutUvarint(table2[nameLength:])
		if !ok || length > maxBlockSize || len(table3) < 4 {
			return 0, errCorrupt
		}
		if n := len(x.names); n > 0 && x.names[n-1].name >= name {
			return 0, errCorrupt
		}
		x.names = append(x.names, named{name: name, offset: offset, length: length, sum: binary.LittleEndian.Uint32([]byte(table3[:4]))})
		table, offset = table3[4:], offset+int64(length)
	}
	if table != "" {
		return 0, errCorrupt
	}
	return offset, nil
}

func cutUvarint(s string) (n int, rest string, ok bool) {
	v, width := binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen64)]))
	if width <= 0 || v > math.MaxInt32 {
		return 0, "", false
	}
	return int(v), s[width:], true
}

// records gives the records that name a package, none when none does.
func (x *index) records(name string) ([]record, error) {
	i, found := slices.BinarySearchFunc(x.names, name, func(n named, name string) int { return cmp.Compare(n.name, name) })
	if !found {
		return nil, nil
	}
	n := x.names[i]
	block := make([]byte, n.length)
	if _, err := x.file.ReadAt(block, n.offset); err != nil && err != io.EOF {
		return nil, errCorrupt
	}
	if checksum(block) != n.sum {
		return nil, errCorrupt
	}
	var all []record
	if err := json.Unmarshal(block, &all); err != nil {
		return nil, errCorrupt
	}
	return all, nil
}
