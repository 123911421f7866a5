package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"listo/internal/evidence"
)

// BlobCap is the most bytes kept of one blob, unless CapAt says otherwise; of a
// longer one the head and the tail are kept, with the true size and digest.
const BlobCap = 256 << 10

// PublishCap is the most bytes of a blob that is to stand beside the pages as a
// file: half a picture is no picture.
const PublishCap = 2 << 20

// Blobs keeps raw bytes by their digest in a folder.
type Blobs struct {
	folder string
	most   int  // bytes kept of one blob
	whole  bool // of a longer one nothing is kept, rather than head and tail
}

// part begins the name of a file that is being written.
const part = ".part-"

// OpenBlobs gives the store in folder, making it when it is not there. What a
// killed audit has half written is removed.
func OpenBlobs(folder string) (*Blobs, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("evidence: %w: choose a reports folder that can be written", err)
	}
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), part) {
			err = errors.Join(err, os.Remove(filepath.Join(folder, e.Name())))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("evidence: %w: choose a reports folder that can be written", err)
	}
	return &Blobs{folder: folder, most: BlobCap}, nil
}

// CapAt keeps blobs of at most that many bytes from here on, each whole. Of a longer one
// nothing is kept but its true size and digest: the ends of hundreds of answers would
// take more room than they are worth.
func (s *Blobs) CapAt(most int) { s.most, s.whole = most, true }

// Keep stores bytes that are already free of secrets.
func (s *Blobs) Keep(name, media string, clean []byte) (evidence.Blob, error) {
	return s.store(s.capped(name, media, clean))
}

// capped gives what is kept of the bytes, and its description.
func (s *Blobs) capped(name, media string, clean []byte) (evidence.Blob, []byte) {
	blob := evidence.Blob{Name: name, Media: media}
	if len(clean) <= s.most {
		return blob, clean
	}
	blob.TrueSize, blob.TrueDigest = int64(len(clean)), evidence.DigestOf(clean)
	if s.whole {
		return blob, nil
	}
	return blob, headAndTail(clean, s.most)
}

// KeepWhole stores bytes that are already free of secrets, all or none of them.
func (s *Blobs) KeepWhole(name, media string, clean []byte) (evidence.Blob, error) {
	if err := wholly(name, clean); err != nil {
		return evidence.Blob{}, err
	}
	return s.store(evidence.Blob{Name: name, Media: media}, clean)
}

func wholly(name string, clean []byte) error {
	if len(clean) > PublishCap {
		return fmt.Errorf("evidence: %s has %d bytes, more than the %d that are published: make it smaller", name, len(clean), PublishCap)
	}
	return nil
}

func (s *Blobs) store(blob evidence.Blob, kept []byte) (evidence.Blob, error) {
	blob.Size, blob.Digest = int64(len(kept)), evidence.DigestOf(kept)
	path := filepath.Join(s.folder, blob.Digest.Hex())
	if info, err := os.Stat(path); err == nil && info.Size() == blob.Size {
		return blob, nil
	}
	return blob, writeWhole(path, kept)
}

func headAndTail(b []byte, room int) []byte {
	mark := []byte(fmt.Sprintf("\n… %d bytes cut …\n", len(b)-room))
	head := room * 3 / 4
	out := append([]byte(nil), b[:head]...)
	out = append(out, mark...)
	return append(out, b[len(b)-(room-head):]...)
}

// writeWhole never leaves half a file under the final name.
func writeWhole(path string, b []byte) error {
	if err := writeBeside(path, b); err != nil {
		return fmt.Errorf("evidence: %w: free some space or make the folder writable, then resume", err)
	}
	return nil
}

func writeBeside(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), part+"*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return err
}
