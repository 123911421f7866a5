package load

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

// What the tree of processes used is that of all its members.
func TestTheServiceIsATreeOfProcesses(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo done; sleep 60'; true")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	if used, _ := processes().tree(cmd.Process.Pid); used <= 0 {
		t.Errorf("the child's work is not counted: %v", used)
	}
	for _, nobody := range []int{0, 1 << 30} {
		if used, waited := processes().tree(nobody); used != 0 || waited != 0 {
			t.Error("a process that is not there has worked")
		}
	}
	if serverOf(cmd.Process.Pid) != 0 {
		t.Error("a shell was taken for a database")
	}
}

func TestDescends(t *testing.T) {
	parent := table{5: {parent: 4}, 4: {parent: 3}, 3: {parent: 1}, 9: {parent: 9}}
	for _, c := range []struct {
		id, from int
		want     bool
	}{{5, 3, true}, {3, 3, true}, {5, 9, false}, {9, 5, false}, {7, 3, false}} {
		if got := parent.descends(c.id, c.from); got != c.want {
			t.Errorf("%d from %d: %v", c.id, c.from, got)
		}
	}
}

func TestTheMachineIsRead(t *testing.T) {
	before := readMachine(os.Getpid(), 0)
	time.Sleep(50 * time.Millisecond)
	m := readMachine(os.Getpid(), 0).since(before)
	if !m.Known || m.Wall <= 0 || m.Service < 0 || m.Busy+m.Idle <= 0 || m.Cores() <= 0 {
		t.Errorf("%+v", m)
	}
	if (Machine{}).Cores() != 0 || m.since(Machine{}).Known {
		t.Error("what is not known is known")
	}
}
