package harvest

import (
	"fmt"
	"os"
	"path/filepath"

	"listo/internal/engine/openapi"
	"listo/internal/lab"
)

// longest bounds the document's file, in bytes.
const longest = 8 << 20

// Text reads the file of the OpenAPI document that the setting "document" of the
// bench's gate names, relative to the folder of listo.yaml. Where the document itself
// is in question it goes on the record as a whole.
func Text(b *lab.Bench, name string, whole bool) ([]byte, error) {
	file := name
	if !filepath.IsAbs(file) {
		file = filepath.Join(b.Config.Folder, file)
	}
	touch := b.Touch("file", "cat "+name)
	info, err := os.Stat(file)
	if err == nil && info.Size() > longest {
		err = fmt.Errorf("it is longer than %d bytes", longest)
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(file)
	}
	if err == nil && whole {
		touch.Capture("document", "application/json", raw, false)
	}
	touch.End(0, err)
	if err != nil {
		return nil, fmt.Errorf("%s: document %s: %w: name the file in %s.document", b.Gate, name, err, b.Gate)
	}
	return raw, nil
}

// Document reads the document and wants operations in it. What is wrong with one that
// cannot be read is a finding of contracts.document.
func Document(b *lab.Bench, name string) (*openapi.Document, error) {
	raw, err := Text(b, name, false)
	if err != nil {
		return nil, err
	}
	d, err := openapi.Read(name, raw)
	if err != nil {
		return nil, fmt.Errorf("%s: document %s: %w: mend what contracts.document shows", b.Gate, name, err)
	}
	if len(d.Operations) == 0 {
		return nil, fmt.Errorf("%s: document %s: it documents no operation: write some", b.Gate, name)
	}
	return d, nil
}
