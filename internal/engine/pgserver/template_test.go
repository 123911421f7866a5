package pgserver

import (
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func packs(t *testing.T, cache string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(cache, "listo", "pgserver", "*"))
	must(t, err)
	return found
}

func TestConcurrentFirstUse(t *testing.T) {
	cache, temp := ownCache(t), ownTemp(t)
	var actors []*actor
	for range 3 {
		actors = append(actors, perform(t, "round", nil))
	}
	for _, a := range actors {
		if said := a.says(t); said.Error != "" {
			t.Error(said.Error)
		}
		must(t, a.command.Wait())
	}
	wantEmpty(t, temp)
	found := packs(t, cache)
	if len(found) != 1 || filepath.Ext(found[0]) != ".zip" {
		t.Fatalf("the cache holds %q, want one pack", found)
	}
	if _, _, err := readPack(found[0]); err != nil {
		t.Error(err)
	}
	before, err := os.Stat(found[0])
	must(t, err)
	mustStart(t, Options{})
	after, err := os.Stat(found[0])
	must(t, err)
	if !os.SameFile(before, after) {
		t.Error("a sound pack was built anew")
	}
}

func TestDamagedTemplateIsRebuilt(t *testing.T) {
	ownTemp(t)
	cache := ownCache(t)
	must(t, mustStart(t, Options{}).Stop())
	pack := packs(t, cache)[0]
	sound, err := os.ReadFile(pack)
	must(t, err)
	damage := map[string]func([]byte) []byte{
		"one bit":   func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"name":      func(b []byte) []byte { b[len(b)-200] ^= 1; return b }, // in the zip's directory
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"empty":     func(b []byte) []byte { return nil },
		"no zip":    func(b []byte) []byte { return []byte("\x00\x00\x00\x00") }, // the right checksum of nothing
	}
	for name, hurt := range damage {
		t.Run(name, func(t *testing.T) {
			must(t, os.WriteFile(pack, hurt(append([]byte{}, sound...)), 0o600))
			if _, _, err := readPack(pack); err == nil {
				t.Fatal("the damage went unseen")
			}
		})
	}
	s := mustStart(t, Options{}) // with whichever damage came last
	if got := query[int](t, s.SuperuserURL("postgres"), "select 1"); got != 1 {
		t.Error(got)
	}
	if _, _, err := readPack(pack); err != nil {
		t.Errorf("the pack was not rebuilt: %v", err)
	}
}

func TestPruneRemovesTheSameInstallationsOldPacks(t *testing.T) {
	ownTemp(t)
	cache := ownCache(t)
	binaries, err := Find(t.Context())
	must(t, err)
	pack := templatePath(binaries)
	installation, _, _ := strings.Cut(filepath.Base(pack), "-")
	old := filepath.Join(filepath.Dir(pack), installation+"-000000000000.zip")
	half := pack + ".new123"
	held := pack + ".new456"
	other := filepath.Join(filepath.Dir(pack), "ffffffffffff-000000000000.zip")
	for _, file := range []string{old, half, held, other} {
		must(t, os.WriteFile(file, []byte("x"), 0o600))
	}
	writer, err := os.Open(held)
	must(t, err)
	defer writer.Close()
	must(t, lock(writer))
	must(t, mustStart(t, Options{}).Stop())
	got := strings.Join(packs(t, cache), "\n")
	if strings.Contains(got, old) || strings.Contains(got, half) {
		t.Errorf("old packs stay:\n%s", got)
	}
	if !strings.Contains(got, held) || !strings.Contains(got, other) {
		t.Errorf("a pack in use is gone:\n%s", got)
	}
}

func TestWorksWithoutACache(t *testing.T) {
	cache, temp := ownCache(t), ownTemp(t)
	must(t, os.MkdirAll(filepath.Join(cache, "listo", "pgserver"), 0o700))
	must(t, os.Chmod(filepath.Join(cache, "listo", "pgserver"), 0o777)) // others could write in it
	must(t, mustStart(t, Options{}).Stop())
	if found := packs(t, cache); len(found) != 0 {
		t.Errorf("a directory open to others was used: %q", found)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	must(t, mustStart(t, Options{}).Stop())
	wantEmpty(t, temp)
}

// As a normal user: nobody when the tests run as root, else whoever runs them.
func TestNormalUser(t *testing.T) {
	me, err := user.Current()
	must(t, err)
	var as *user.User
	home := shortTemp(t)
	if me.Uid == "0" {
		as, err = user.Lookup("nobody")
		must(t, err)
		me = as
		c := credential(t, as)
		must(t, os.Chown(home, int(c.Uid), int(c.Gid)))
	}
	must(t, os.Chmod(home, 0o700))
	for _, round := range []string{"first", "from the cache"} {
		a := perform(t, "round", as, "HOME="+home, "TMPDIR="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"))
		said := a.says(t)
		must(t, a.command.Wait())
		if said.Error != "" {
			t.Errorf("%s: %s", round, said.Error)
		}
		if strconv.Itoa(said.User) != me.Uid {
			t.Errorf("%s: the server runs as uid %d, want %s", round, said.User, me.Uid)
		}
		wantEmpty(t, home, "cache")
	}
	if found := packs(t, filepath.Join(home, "cache")); len(found) != 1 {
		t.Errorf("the user's cache holds %q", found)
	}
}

func TestNoRoomForFiles(t *testing.T) {
	ownCache(t)
	temp := ownTemp(t)
	for _, cached := range []bool{false, true} {
		if cached {
			must(t, mustStart(t, Options{}).Stop())
		}
		a := perform(t, "cramped", nil)
		if err := a.command.Wait(); err == nil {
			t.Fatal("a server started without room for its files")
		}
		if said := a.errors.String(); !strings.Contains(said, "pgserver: cannot start PostgreSQL") || !strings.Contains(said, "File too large") && !strings.Contains(said, "file too large") {
			t.Errorf("cached=%v: %s", cached, said)
		}
		wantEmpty(t, temp)
	}
}
