package advisory

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Listing is an export's own list of its records, modified_id.csv: the expected
// count. The exporter writes it from the same records as all.zip.
type Listing map[string]time.Time

// maxListing is the longest list that is read, in bytes.
const maxListing = 512 << 20

// ReadListing reads modified_id.csv: one "modified,id" per line.
func ReadListing(src io.Reader) (Listing, error) {
	listing := Listing{}
	lines := bufio.NewScanner(io.LimitReader(src, maxListing))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		date, id, _ := strings.Cut(line, ",")
		modified, err := time.Parse(time.RFC3339, date)
		if err != nil || id == "" || strings.ContainsAny(id, ", /") {
			return nil, fmt.Errorf("advisory: modified_id.csv line %d is not \"date,id\": take the list of the one ecosystem, beside its all.zip", n)
		}
		if _, twice := listing[id]; twice {
			return nil, fmt.Errorf("advisory: modified_id.csv line %d names %s a second time: fetch it again", n, id)
		}
		listing[id] = modified.UTC()
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("advisory: modified_id.csv: %w: fetch it again", err)
	}
	if len(listing) == 0 {
		return nil, errors.New("advisory: modified_id.csv lists nothing: fetch it again")
	}
	return listing, nil
}

// Expected compares an export's zip with its own list.
type Expected struct {
	Listed int `json:"listed"` // records the list names
	// Missing are in the list and not in the zip although the zip holds newer
	// ones; Unlisted the other way round. Either means: zip and list do not
	// belong together, or one is cut off.
	Missing  int      `json:"missing"`
	Unlisted int      `json:"unlisted"`
	Later    int      `json:"later"`              // listed with a date after the zip's newest record
	Examples []string `json:"examples,omitempty"` // at most 5 of the first two
}

// compare holds the list against the zip's records with their dates.
func (l Listing) compare(zipped map[string]time.Time) Expected {
	e := Expected{Listed: len(l)}
	newestZipped, newestListed := newest(zipped), newest(l)
	for id, modified := range l {
		if _, there := zipped[id]; there {
			continue
		}
		if modified.After(newestZipped) {
			e.Later++
			continue
		}
		e.Missing++
		e.Examples = append(e.Examples, id)
	}
	for id, modified := range zipped {
		if _, listed := l[id]; !listed && !modified.After(newestListed) {
			e.Unlisted++
			e.Examples = append(e.Examples, id)
		}
	}
	e.Examples = fewest(e.Examples)
	return e
}

func newest(dates map[string]time.Time) time.Time {
	var last time.Time
	for _, date := range dates {
		if date.After(last) {
			last = date
		}
	}
	return last
}
