package advisory

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Bounds of a believable export. npm's has some 220,000 records.
const (
	maxRecords     = 4 << 20
	maxRecordBytes = 16 << 20
	maxTotalBytes  = 16 << 30
	maxExamples    = 5
)

// Export is one ecosystem's all.zip with what is known of it.
type Export struct {
	Ecosystem string
	Zip       io.ReaderAt
	Size      int64
	Listing   Listing // nil when modified_id.csv is not at hand: then nobody knows how many records there should be
	Source    string  // address or file name, for people
	// AsOf is the date of a source whose records have none, zero otherwise: the
	// Go database's repository. Official exports need none.
	AsOf time.Time
	// Test says that these records are made for a test. Nothing proved with them
	// may be taken for a proof.
	Test bool
}

// harvest is what is gathered while an export is read.
type harvest struct {
	proof   EcosystemProof
	records []record
	dates   map[string]time.Time // of every record with a readable ID
}

// read goes through an export. What cannot be read is counted, not fatal; a zip
// without an end is.
func (e Export) read(ctx context.Context) (*harvest, error) {
	archive, err := zip.NewReader(e.Zip, e.Size)
	if err != nil {
		return nil, fmt.Errorf("advisory: %s is no whole zip: %w: fetch it again", e.Source, err)
	}
	if len(archive.File) > maxRecords {
		return nil, fmt.Errorf("advisory: %s has more than %d files: take the all.zip of one ecosystem", e.Source, maxRecords)
	}
	h := &harvest{dates: map[string]time.Time{}, proof: EcosystemProof{
		Ecosystem: e.Ecosystem, Source: e.Source, Bytes: e.Size, Test: e.Test, Seen: len(archive.File)}}
	var total int64
	for _, f := range archive.File {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("advisory: importing %s: %w: give it more time", e.Source, err)
		}
		src, err := readMember(f)
		if total += int64(len(src)); total > maxTotalBytes {
			return nil, fmt.Errorf("advisory: %s unpacks to more than %d bytes: it is no OSV export", e.Source, int64(maxTotalBytes))
		}
		if err == nil {
			err = h.take(f.Name, src, e.Ecosystem)
		}
		if err != nil {
			h.proof.Rejected++
			h.proof.RejectedExamples = append(h.proof.RejectedExamples, fmt.Sprintf("%.120s: %.200v", f.Name, err))
		}
	}
	h.proof.RejectedExamples = fewest(h.proof.RejectedExamples)
	h.finish(e)
	return h, nil
}

func readMember(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	src, err := io.ReadAll(io.LimitReader(r, maxRecordBytes+1))
	if err == nil && len(src) > maxRecordBytes {
		err = fmt.Errorf("longer than %d bytes", maxRecordBytes)
	}
	return src, err
}

// take reads one member of the zip.
func (h *harvest) take(name string, src []byte, ecosystem string) error {
	r, err := readRecord(src, ecosystem)
	if err != nil {
		return err
	}
	base := name[strings.LastIndex(name, "/")+1:]
	if base != r.ID+".json" {
		return fmt.Errorf("it says its id is %.80q", r.ID)
	}
	if _, twice := h.dates[r.ID]; twice {
		return errors.New("a record of this id came before")
	}
	h.dates[r.ID] = r.Modified
	h.proof.Test = h.proof.Test || r.Test
	if r.Modified.After(h.proof.Newest) {
		h.proof.Newest = r.Modified
	}
	switch {
	case r.Withdrawn:
		h.proof.Withdrawn++
	case len(r.Affected) == 0:
		h.proof.Foreign++
	default:
		h.proof.Loaded++
		h.records = append(h.records, r)
	}
	return nil
}

// finish borrows ratings between aliases and draws up the account.
func (h *harvest) finish(e Export) {
	borrowRatings(h.records)
	if h.proof.Newest.IsZero() && !e.AsOf.IsZero() {
		h.proof.Newest, h.proof.NewestDeclared = e.AsOf.UTC(), true
	}
	if e.Listing != nil {
		expected := e.Listing.compare(h.dates)
		h.proof.Expected = &expected
	}
}

// borrowRatings gives a record that nobody rated the ratings of its aliases: the
// Go database rates nothing, its GHSA aliases are rated.
func borrowRatings(records []record) {
	rated := map[string][]Rating{}
	for _, r := range records {
		if r.rated() {
			rated[r.ID] = r.Ratings
		}
	}
	for i := range records {
		if records[i].rated() {
			continue
		}
		for _, alias := range records[i].Aliases {
			records[i].Ratings = append(records[i].Ratings, rated[alias]...)
		}
	}
}

// byName sorts the records under the packages they name, each with the part
// that concerns the package.
func (h *harvest) byName() map[string][]record {
	all := map[string][]record{}
	for _, r := range h.records {
		parts := map[string][]affected{}
		for _, a := range r.Affected {
			parts[a.Name] = append(parts[a.Name], a)
		}
		for name, part := range parts {
			one := r
			one.Affected = part
			all[name] = append(all[name], one)
		}
	}
	for name := range all {
		slices.SortFunc(all[name], func(a, b record) int { return strings.Compare(a.ID, b.ID) })
	}
	return all
}

// fewest keeps the first few of a list, sorted, for a reader.
func fewest(all []string) []string {
	slices.Sort(all)
	return all[:min(len(all), maxExamples)]
}
