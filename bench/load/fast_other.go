//go:build !linux

package main

import "errors"

// fast needs epoll.
func fast(string) error {
	return errors.New("this bench reads /proc and needs epoll: run it on Linux")
}
