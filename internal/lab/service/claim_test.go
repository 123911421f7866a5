package service

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

// A killed audit leaves a folder and a daemon that no process group leads to. The
// next claim ends the one and removes the other.
func TestAClaimSweepsWhatADeadOneLeft(t *testing.T) {
	temp := ownTemp(t)
	cmd, dead := playOwner(t)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	eventually(t, "the service dies with its owner", func() bool { return !alive(dead.Service) })
	if !alive(dead.Daemon) {
		t.Fatal("the daemon died with its owner: the sweep would be shown nothing")
	}
	claim, err := NewClaim()
	if err != nil {
		t.Fatal(err)
	}
	if alive(dead.Daemon) {
		t.Error("the daemon of a dead claim lives")
	}
	wantLeft(t, temp, filepath.Base(claim.Folder))
	if err := claim.Release(); err != nil {
		t.Error(err)
	}
	wantLeft(t, temp)
}

func TestALiveClaimIsUntouched(t *testing.T) {
	temp := ownTemp(t)
	_, live := playOwner(t)
	for range 3 {
		claim, err := NewClaim()
		if err != nil {
			t.Fatal(err)
		}
		if err := claim.Release(); err != nil {
			t.Fatal(err)
		}
	}
	if !alive(live.Service) || !alive(live.Daemon) {
		t.Error("a process of a live claim was ended")
	}
	wantLeft(t, temp, filepath.Base(live.Folder))
}

// Many at once, beside the left-overs of a dead one: everybody has a claim of
// their own, and nothing is left.
func TestClaimsAtOnce(t *testing.T) {
	temp := ownTemp(t)
	cmd, dead := playOwner(t)
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed
	const rivals = 6
	ended := make(chan error, rivals)
	for range rivals {
		cmd, out := play(t, "rival")
		go func() {
			_, _ = io.Copy(io.Discard, out)
			ended <- cmd.Wait()
		}()
	}
	for range rivals {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if alive(dead.Daemon) {
		t.Error("the daemon of a dead claim lives")
	}
	wantLeft(t, temp)
}

// In a folder that all may write, a name proves nothing.
func TestTheSweepSparesWhatIsNotOurs(t *testing.T) {
	elsewhere := t.TempDir()
	temp := ownTemp(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(elsewhere, "diary"), nil, 0o600))
	must(os.Symlink(elsewhere, filepath.Join(temp, prefix()+"1")))
	must(os.WriteFile(filepath.Join(temp, prefix()+"2"), nil, 0o600))
	must(os.MkdirAll(filepath.Join(temp, prefix()+"3", "diary"), 0o700)) // no lock: not a claim's
	must(os.Mkdir(filepath.Join(temp, prefix()+"4"), 0o700))             // its owner died before the lock
	must(os.Mkdir(filepath.Join(temp, "listo-notes"), 0o700))
	want := []string{prefix() + "1", prefix() + "2", prefix() + "3", "listo-notes"}
	if os.Geteuid() == 0 {
		foreign := filepath.Join(temp, prefix()+"5")
		must(os.Mkdir(foreign, 0o700))
		must(os.WriteFile(filepath.Join(foreign, "lock"), nil, 0o600))
		must(os.Chown(foreign, 65534, 65534))
		want = []string{prefix() + "1", prefix() + "2", prefix() + "3", prefix() + "5", "listo-notes"}
	}
	must(sweep())
	wantLeft(t, temp, want...)
	wantLeft(t, elsewhere, "diary")
}

func TestAClaimNeedsAFolder(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "gone"))
	if _, err := NewClaim(); err == nil {
		t.Error("a claim without a folder")
	}
}
