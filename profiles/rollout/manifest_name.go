package rollout

import (
	"fmt"
	"regexp"
	"sync"
)

// What the names of a share's files end in: the manifest, its summary, and the
// summary's signature.
const (
	manifestEnd  = ".jsonl"
	summaryEnd   = ".json"
	signatureEnd = ".json.p7s"
)

// ManifestName is the name of a share's manifest in the target: rollout.jsonl, or
// rollout-2-of-5.jsonl for number 1, from 0, of 5.
func ManifestName(s Shard) string { return LockName(s) + manifestEnd }

// SummaryName is the name of a share's summary, rollout.json.
func SummaryName(s Shard) string { return LockName(s) + summaryEnd }

// SignatureName is the name of the detached signature over a share's summary,
// rollout.json.p7s.
func SignatureName(s Shard) string { return LockName(s) + signatureEnd }

// LockName is the name that the one writer of a share locks the target by, and that the
// names of its files begin with.
func LockName(s Shard) string {
	if s.Count <= 1 {
		return manifestBase
	}
	return fmt.Sprintf("%s-%d-of-%d", manifestBase, s.Index+1, s.Count)
}

const manifestBase = "rollout"

// shardOf is the share that a manifest is of by its name.
func shardOf(name string) (Shard, bool) {
	var s Shard
	var number int
	if n, _ := fmt.Sscanf(name, manifestBase+"-%d-of-%d"+manifestEnd, &number, &s.Count); n == 2 {
		s.Index = number - 1
	} else {
		s = Shard{}
	}
	return s, name == ManifestName(s)
}

// isManifest tells the manifests among the files of a target.
var isManifest = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^` + manifestBase + `(-\d+-of-\d+)?\` + manifestEnd + `$`)
})

// title names a share for a person: "shard 2 of 5".
func (s Shard) title() string {
	if s.Count <= 1 {
		return "the rollout"
	}
	return fmt.Sprintf("shard %d of %d", s.Index+1, s.Count)
}
