package advisory

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Official is where OSV publishes its exports (google.github.io/osv.dev/data).
const Official = "https://osv-vulnerabilities.storage.googleapis.com"

// maxExport is the longest export that is fetched, in bytes. npm's all.zip has
// some 210 MB.
const maxExport = 4 << 30

// Fetched is an ecosystem's export on the disk.
type Fetched struct {
	Zip, Listing string // file names
	Source       string // the zip's address
}

// Fetch downloads an ecosystem's all.zip and modified_id.csv into a folder. The
// list comes first: then a record published in between is in the zip and not
// taken for a missing one. The context bounds the time.
func Fetch(ctx context.Context, client *http.Client, base, ecosystem, folder string) (Fetched, error) {
	if _, err := schemeOf(ecosystem); err != nil {
		return Fetched{}, err
	}
	f := Fetched{
		Zip:     filepath.Join(folder, ecosystem+"-all.zip"),
		Listing: filepath.Join(folder, ecosystem+"-modified_id.csv"),
	}
	for _, part := range []struct{ remote, local string }{{"modified_id.csv", f.Listing}, {"all.zip", f.Zip}} {
		address, err := url.JoinPath(base, ecosystem, part.remote)
		if err == nil {
			err = download(ctx, client, address, part.local)
		}
		if err != nil {
			return Fetched{}, fmt.Errorf("advisory: fetching %s of %s: %w: try again, or carry both files here and run listo db import", part.remote, ecosystem, err)
		}
		f.Source = address
	}
	return f, nil
}

func download(ctx context.Context, client *http.Client, address, name string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	// The stored bytes as they are: the checksum is theirs.
	request.Header.Set("Accept-Encoding", "identity")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode != http.StatusOK:
		return fmt.Errorf("the server answered %s", response.Status)
	case response.Header.Get("Content-Encoding") != "":
		return fmt.Errorf("the server encoded the file as %q", response.Header.Get("Content-Encoding"))
	}
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	defer out.Close()
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	n, err := io.Copy(io.MultiWriter(out, sum), io.LimitReader(response.Body, maxExport+1))
	switch {
	case err != nil:
		return err
	case n > maxExport:
		return fmt.Errorf("it is longer than %d bytes", int64(maxExport))
	case response.ContentLength >= 0 && n != response.ContentLength:
		return fmt.Errorf("%d of %d bytes came", n, response.ContentLength)
	}
	if stored := storedSum(response.Header); stored != "" {
		got := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum.Sum32()))
		if got != stored {
			return fmt.Errorf("its CRC-32C is %s, the server said %s", got, stored)
		}
	}
	return out.Close()
}

// storedSum reads the CRC-32C that Google Cloud Storage sends in x-goog-hash, ""
// when it sends none.
func storedSum(header http.Header) string {
	for _, line := range header.Values("X-Goog-Hash") {
		for part := range strings.SplitSeq(line, ",") {
			if sum, is := strings.CutPrefix(strings.TrimSpace(part), "crc32c="); is {
				return sum
			}
		}
	}
	return ""
}
