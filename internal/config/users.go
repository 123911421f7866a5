package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxUsers is how many test users a configuration may name.
const maxUsers = 10_000

// maxUserLength bounds one entry, so that 10 000 of them stay small. An e-mail
// address has at most 254 characters (RFC 5321, with the erratum on 3696).
const maxUserLength = 320

// expandAll replaces every "name{01..20}" by its users, in order. Its errors
// quote nothing: an entry may come from a variable.
func expandAll(entries []string) ([]string, error) {
	var users []string
	for i, entry := range entries {
		some, err := expand(entry, maxUsers-len(users))
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", i+1, err)
		}
		users = append(users, some...)
	}
	return users, nil
}

// expand replaces one range, {first..last}, by its numbers. They have as many
// digits as first, so that {01..20} begins with 01.
func expand(entry string, room int) ([]string, error) {
	if len(entry) > maxUserLength {
		return nil, fmt.Errorf("longer than %d bytes: shorten it", maxUserLength)
	}
	if room < 1 {
		return nil, fmt.Errorf("more than %d users: name fewer", maxUsers)
	}
	before, rest, found := strings.Cut(entry, "{")
	if !found {
		return []string{entry}, nil
	}
	inner, after, closed := strings.Cut(rest, "}")
	low, high, ranged := strings.Cut(inner, "..")
	first, err1 := strconv.ParseUint(low, 10, 31)
	last, err2 := strconv.ParseUint(high, 10, 31)
	switch {
	case !closed || !ranged || err1 != nil || err2 != nil || strings.Contains(after, "{"):
		return nil, errors.New("braces hold one range such as {01..20}: write it so")
	case last < first:
		return nil, errors.New("the range runs backwards: write the smaller number first")
	case last-first >= uint64(room):
		return nil, fmt.Errorf("more than %d users: name fewer", maxUsers)
	}
	var users []string
	for n := first; n <= last; n++ {
		users = append(users, fmt.Sprintf("%s%0*d%s", before, len(low), n, after))
	}
	return users, nil
}
