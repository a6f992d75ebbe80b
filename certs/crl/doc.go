// Package crl reads certificate revocation lists at the speed of hashing them,
// downloads them under the limits of Entra ID, and judges them as Entra ID will.
//
// [Read] takes one pass over a list of any size and keeps 128 KB of it in memory.
package crl
