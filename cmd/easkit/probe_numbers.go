package main

import (
	"fmt"
	"strconv"
	"time"
)

// How many users of a rollout are tried: each is a sign-in of a real user.
const (
	defaultSample = 20
	maxSample     = 1000
)

// maxTimeout is the longest that a step is waited for, by our own measure: phones have
// given up long before.
const maxTimeout = 2 * time.Minute

// sampleSize is a flag that takes how many users are tried.
type sampleSize int

// Set reads a number.
func (n *sampleSize) Set(s string) error {
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 || v > maxSample {
		return fmt.Errorf("%q is not a number of users from 1 to %d", s, maxSample)
	}
	*n = sampleSize(v)
	return nil
}

// String is the number, for help.
func (n *sampleSize) String() string { return strconv.Itoa(int(*n)) }

// Type names the value, for help.
func (*sampleSize) Type() string { return "int" }
