package pgserver

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is the user whom the server runs as.
type account struct {
	uid, gid int
	name     string
	drop     bool // we are root and step down
}

// serverAccount picks the server's user. PostgreSQL refuses to run as root, and
// initdb refuses a uid without an entry in the password database, so root steps
// down to postgres or, where that is missing, to nobody.
func serverAccount() (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return account{uid: uid, gid: os.Getegid(), name: strconv.Itoa(uid)}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		entry, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(entry.Uid)
		gid, errGID := strconv.Atoi(entry.Gid)
		if errUID == nil && errGID == nil && uid != 0 {
			return account{uid: uid, gid: gid, name: name, drop: true}, nil
		}
	}
	return account{}, fmt.Errorf("pgserver: root has neither a user postgres nor a user nobody to run the server as: useradd --system postgres")
}

// attributes make a child process run as the account, in a process group of its
// own so that a Ctrl-C at the terminal reaches us first.
func (a account) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		attributes.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attributes
}

// own hands a file over to the account.
func (a account) own(f *os.File) error {
	if !a.drop {
		return nil
	}
	return f.Chown(a.uid, a.gid)
}
