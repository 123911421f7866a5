package secrets

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"listo/internal/config"
	"listo/internal/engine/redact"
	"listo/internal/evidence"
	"listo/internal/lab"
	"listo/internal/lab/command"
)

// canaryName is the one variable that a sick twin requires.
const canaryName = "LISTO_CANARY"

// twinOf gives a bench whose service requires the canary and was handed env, and
// nothing else of the patient.
func twinOf(b *lab.Bench, r Required, env map[string]string) *lab.Bench {
	twin := *b
	cfg := *b.Config
	cfg.Service = config.Service{Mode: config.Managed}
	cfg.Login = config.Login{}
	cfg.Environment = nil
	cfg.Sections = maps.Clone(b.Config.Sections)
	if cfg.Sections == nil {
		cfg.Sections = map[string]any{}
	}
	cfg.Sections[b.Gate] = &Settings{Required: map[string]Required{canaryName: r}}
	twin.Config, twin.Patient = &cfg, nil
	twin.Target = lab.Target{Environment: env}
	twin.Ledger = func() evidence.Ledger { return evidence.Ledger{} }
	return &twin
}

// canaryTwin gives a twin whose secret is a fresh canary, known to the record.
func canaryTwin(b *lab.Bench) (*lab.Bench, string, error) {
	raw := make([]byte, 36)
	if _, err := io.ReadFull(b.Rand, raw); err != nil {
		return nil, "", fmt.Errorf("making a canary: %w", err)
	}
	canary := base64.StdEncoding.EncodeToString(raw)
	twin := twinOf(b, Required{Secret: true, Kind: HS256}, map[string]string{canaryName: canary})
	twin.Plant(redact.Secret{Name: canaryName, Value: canary})
	return twin, canary, nil
}

func nothing() {}

// nothingSet: the service was handed nothing.
func nothingSet(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return twinOf(b, Required{Secret: true, Kind: HS256}, map[string]string{}), nothing, nil
}

// knownDefault: long enough, and in every tutorial.
func knownDefault(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	env := map[string]string{canaryName: strings.Repeat(knownDefaults()[0]+"-", 8)}
	return twinOf(b, Required{Secret: true, Kind: HS256}, env), nothing, nil
}

// wordForNumber: a size of the pool that is none.
func wordForNumber(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	return twinOf(b, Required{Kind: Integer}, map[string]string{canaryName: "ten"}), nothing, nil
}

// sameAsProduction: one secret for both.
func sameAsProduction(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, canary, err := canaryTwin(b)
	if err == nil {
		settings(twin).ProductionFingerprints = map[string]string{canaryName: Fingerprint(canaryName, canary)}
	}
	return twin, nothing, err
}

// believesAnyToken: the service reads tokens and never checks who signed them.
func believesAnyToken(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, _, err := canaryTwin(b)
	if err != nil {
		return nil, nothing, err
	}
	settings(twin).ProtectedRequest = "GET /"
	settings(twin).Claims = map[string]string{"sub": "canary", "exp": "{exp}"}
	away, err := serveTwin(twin, func(w http.ResponseWriter, r *http.Request) {
		token := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
		if len(token) != 3 || !readable(token[1]) {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	return twin, away, err
}

func readable(payload string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	return err == nil && json.Valid(raw)
}

// leakyAnswers: the service explains its errors with its configuration.
func leakyAnswers(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, canary, err := canaryTwin(b)
	if err != nil {
		return nil, nothing, err
	}
	away, err := serveTwin(twin, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, "no route\nenvironment: %s=%s\n", canaryName, canary) // a twin whose reader went away is no concern
	})
	return twin, away, err
}

// serveTwin starts an in-process service on loopback and points the twin at it.
func serveTwin(twin *lab.Bench, handle http.HandlerFunc) (func(), error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nothing, err
	}
	server := &http.Server{Handler: handle, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }() // it ends when it is closed
	twin.Target.Base = "http://" + listener.Addr().String()
	return func() { _ = server.Close() }, nil
}

// leakyLog: the service logs a URL with its secret in it.
func leakyLog(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, canary, err := canaryTwin(b)
	if err != nil {
		return nil, nothing, err
	}
	twin.Target.Log = func() ([]byte, error) {
		return []byte("listening\ncallback /hook?key=" + url.QueryEscape(canary) + "\n"), nil
	}
	return twin, nothing, nil
}

// leakyFrontend: the build put the secret into the bundle.
func leakyFrontend(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, folder, away, err := folderTwin(b, func(canary string) string {
		return `const c={"key":"` + canary + `"};` + "\n"
	})
	if err == nil {
		twin.Config.Folder = folder
		settings(twin).BundleDirectory = "."
	}
	return twin, away, err
}

// leakyBundle: a report quotes a secret in base64.
func leakyBundle(_ context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, folder, away, err := folderTwin(b, inBase64)
	if err == nil {
		twin.Bundle = folder
	}
	return twin, away, err
}

// leakyTree: a file that the next git add would take.
func leakyTree(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, folder, away, err := folderTwin(b, inBase64)
	if err == nil {
		twin.Config.Folder = folder
		err = gitAll(ctx, twin, []string{"init", "-q"})
	}
	return twin, away, err
}

// leakyHistory: a secret that was committed and then deleted.
func leakyHistory(ctx context.Context, b *lab.Bench) (*lab.Bench, func(), error) {
	twin, folder, away, err := folderTwin(b, inBase64)
	if err == nil {
		twin.Config.Folder = folder
		err = gitAll(ctx, twin, []string{"init", "-q"}, []string{"add", "-A"}, []string{"commit", "-q", "-m", "add"},
			[]string{"rm", "-q", "planted.txt"}, []string{"commit", "-q", "--allow-empty", "-m", "delete"})
	}
	return twin, away, err
}

func inBase64(canary string) string {
	return "first line\nkey: " + base64.StdEncoding.EncodeToString([]byte(canary)) + "\n"
}

// folderTwin plants a file with the canary in a temporary folder of the audit's.
func folderTwin(b *lab.Bench, content func(canary string) string) (twin *lab.Bench, folder string, away func(), err error) {
	twin, canary, err := canaryTwin(b)
	if err != nil {
		return nil, "", nothing, err
	}
	if folder, err = os.MkdirTemp(b.Scratch, "twin-*"); err != nil {
		return nil, "", nothing, err
	}
	away = func() { _ = os.RemoveAll(folder) } // the audit's folder goes as a whole later
	if err = os.WriteFile(filepath.Join(folder, "planted.txt"), []byte(content(canary)), 0o600); err != nil {
		away()
		return nil, "", nothing, err
	}
	return twin, folder, away, nil
}

// gitAll runs git in the twin's folder, free of whatever the user has configured.
// When it fails the twin's folder is not used; it goes with the audit's.
func gitAll(ctx context.Context, twin *lab.Bench, all ...[]string) error {
	env := map[string]string{"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "listo", "GIT_AUTHOR_EMAIL": "listo@localhost", "GIT_COMMITTER_NAME": "listo", "GIT_COMMITTER_EMAIL": "listo@localhost"}
	for _, args := range all {
		result, err := command.Run(ctx, twin.Recorder, command.Command{Args: append([]string{"git"}, args...), Dir: twin.Config.Folder, Env: env})
		if err != nil {
			return err
		}
		if result.Exit != 0 {
			return fmt.Errorf("git %s: %s", args[0], command.FirstLine(result.Stderr))
		}
	}
	return nil
}
