package pgserver

import (
	"os"

	"golang.org/x/sys/unix"
)

// topDir is FS_TOPDIR_FL of linux/fs.h, the attribute T of chattr(1).
const topDir = 0x00020000

// spread asks ext4 to put new subdirectories far from their parent.
//
// ext4 does not reuse an inode deleted within the last minute (five when its
// deletion is not on disk yet): each new file steps over all of them, one by one
// (recently_deleted in the kernel's fs/ext4/ialloc.c). A server that starts
// shortly after another one was removed would create its thousand files in the
// same block group, past a thousand such inodes: measured, 0.4 ms a file instead
// of 0.03. Below a directory with this attribute the group depends on the new
// directory's name, so that a random name finds a fresh one.
//
// Other file systems refuse the attribute or ignore it, and have no such wait.
func spread(dir *os.File) {
	flags, err := unix.IoctlGetUint32(int(dir.Fd()), unix.FS_IOC_GETFLAGS)
	if err == nil {
		_ = unix.IoctlSetPointerInt(int(dir.Fd()), unix.FS_IOC_SETFLAGS, int(flags|topDir))
	}
}
