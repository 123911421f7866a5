package pgserver

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// A cluster's system identifier is drawn by initdb, so copies of one data
// directory would share it, and nobody could tell one server from another by it.
// Each copy therefore gets its own. It stands in two places:
//
//   - global/pg_control: the first 8 bytes; the record ends with its CRC-32C
//     (ControlFileData in PostgreSQL's catalog/pg_control.h).
//   - the first page of each segment of the write-ahead log: bytes 24 to 31
//     (XLogLongPageHeaderData in access/xlog_internal.h). Page headers have no
//     checksum.

// maxControl is the largest size of the control record (PG_CONTROL_MAX_SAFE_SIZE).
const maxControl = 512

const walIdentifier = 24

// newSystemIdentifier is built as PostgreSQL builds it, seconds in the upper
// half, with a random lower half.
func newSystemIdentifier() uint64 {
	var low [4]byte
	_, _ = rand.Read(low[:]) // never fails: crypto/rand
	return uint64(time.Now().Unix())<<32 | uint64(binary.BigEndian.Uint32(low[:]))
}

// identifyControl returns the control file with another identifier. The length
// of the record depends on the version, so the checksum is found where it fits.
func identifyControl(control []byte, identifier uint64) ([]byte, error) {
	for end := 8; end+4 <= min(len(control), maxControl); end += 4 {
		if crc32.Checksum(control[:end], castagnoli()) != binary.NativeEndian.Uint32(control[end:]) {
			continue
		}
		changed := bytes.Clone(control)
		binary.NativeEndian.PutUint64(changed, identifier)
		binary.NativeEndian.PutUint32(changed[end:], crc32.Checksum(changed[:end], castagnoli()))
		return changed, nil
	}
	return nil, fmt.Errorf("%w: pg_control has no checksum that fits", errNoTemplate)
}

// identifyWAL returns the start of a log segment with another identifier.
func identifyWAL(segment []byte, identifier uint64) []byte {
	changed := bytes.Clone(segment)
	if len(changed) >= walIdentifier+8 {
		binary.NativeEndian.PutUint64(changed[walIdentifier:], identifier)
	}
	return changed
}
