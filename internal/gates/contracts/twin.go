package contracts

import (
	"context"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"time"

	"listo/internal/config"
	"listo/internal/lab"
)

// planted is what stands beside the sick twin: its document, as listo.yaml names
// it, and the source that registers its routes.
func planted(b *lab.Bench, document, source string) (string, error) {
	folder, err := os.MkdirTemp(b.Scratch, "contracts-twin-")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "openapi.json"), []byte(document), 0o600); err != nil {
		return folder, err
	}
	if err := os.Mkdir(filepath.Join(folder, "src"), 0o700); err != nil {
		return folder, err
	}
	return folder, os.WriteFile(filepath.Join(folder, "src", "main.go"), []byte(source), 0o600)
}

// open plants a document, serves the service that it is of, and gives a bench that
// points at it: no login, no settings of the patient's.
func open(b *lab.Bench, service nethttp.Handler, document, source string) (*lab.Bench, func(), error) {
	folder, err := planted(b, document, source)
	away := func() { _ = os.RemoveAll(folder) } // the audit's scratch folder goes as a whole
	if err != nil {
		away()
		return nil, func() {}, fmt.Errorf("contracts: planting the twin: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		away()
		return nil, func() {}, err
	}
	server := &nethttp.Server{Handler: service, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	twin := with(b, folder, Settings{Document: "openapi.json", ServedAt: "/openapi.json", Sources: []string{"src"}})
	twin.Config.Login = config.Login{}
	twin.Config.Service = config.Service{Mode: config.Managed}
	target := b.Target
	target.Base = "http://" + listener.Addr().String()
	return twin.At(target), func() {
		_ = errors.Join(server.Close(), <-ended) // nothing of a closed server is of interest
		away()
	}, nil
}

// sick opens a shop with one disease.
func sick(b *lab.Bench, infect func(*shop)) (*lab.Bench, func(), error) {
	s := newShop()
	infect(s)
	return open(b, s, shopDocument, shopSource)
}

// wrongDocument refers to a schema that is not there, and gives an example that
// does not fit.
func wrongDocument(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return open(b, newShop(), without(shopDocument, `"Thing": {`, `"Thingy": {`), shopSource)
}

func staleDocument(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.document = without(shopDocument, `"version": "1.0.0"`, `"version": "0.9.0"`) })
}

func wrongType(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.textIDs = true })
}

func lenient(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.lenient = true })
}

func otherStatus(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.gone = nethttp.StatusGone })
}

func ghost(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.noDelete = true })
}

func shadow(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.dump = true })
}

func plainErrors(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.plain = true })
}

func talkative(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.talkative = true })
}

func methodless(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.methodless = true })
}

func smiling(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.smiling = true })
}

func lonely(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.lonely = true })
}

func overflowing(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.overflows = true })
}

// unedged has no edge that gives net/http's own refusals the house's form, and its
// listo.yaml says that it has.
func unedged(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, away, err := open(b, newShop(), shopDocument, shopSource)
	if err == nil {
		settings(twin).ProtocolErrors = true
	}
	return twin, away, err
}

// rudelyLimited answers in plain text after more requests than the check needs to
// find its way.
func rudelyLimited(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return sick(b, func(s *shop) { s.limit, s.rude = 60, true })
}
