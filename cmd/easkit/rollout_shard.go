package main

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/easkit/easkit/profiles/rollout"
)

// The variables by which schedulers tell a process its number.
// Sources: https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
// (from 0) and https://slurm.schedmd.com/job_array.html (from SLURM_ARRAY_TASK_MIN, in
// steps of SLURM_ARRAY_TASK_STEP).
const (
	envKubernetesIndex = "JOB_COMPLETION_INDEX"
	envSlurmID         = "SLURM_ARRAY_TASK_ID"
	envSlurmMin        = "SLURM_ARRAY_TASK_MIN"
	envSlurmStep       = "SLURM_ARRAY_TASK_STEP"
	envSlurmCount      = "SLURM_ARRAY_TASK_COUNT"
)

// shardFlags say which share of a table a process does.
type shardFlags struct {
	shard string // i/n
	count int    // n, where the number is the scheduler's to say
}

// shardOf is the share of the call: that of --shard, or else the one that the scheduler
// gave the process.
func (s system) shardOf(f shardFlags) (rollout.Shard, error) {
	switch {
	case f.shard != "" && f.count != 0:
		return rollout.Shard{}, errors.New("give --shard i/n, or --shards n where the scheduler says which, not both")
	case f.shard != "":
		return parseShard(f.shard)
	case f.count < 0:
		return rollout.Shard{}, fmt.Errorf("--shards %d: there is at least one", f.count)
	}
	index, count, variable, err := s.scheduled()
	count = cmp.Or(f.count, count)
	switch {
	case err != nil:
		return rollout.Shard{}, err
	case variable == "" && f.count > 1:
		return rollout.Shard{}, withHint(fmt.Errorf("--shards %d: no scheduler says which of them this is (%s and %s are not set)", f.count, envKubernetesIndex, envSlurmID), "give --shard 1/%d", f.count)
	case variable == "":
		return rollout.Shard{}, nil
	case count == 0:
		return rollout.Shard{}, withHint(fmt.Errorf("%s is set, so this is one of several, and not how many there are", variable), "give --shards N, the job's completions; or --shard 1/1 for the whole table")
	case index < 0 || index >= count:
		return rollout.Shard{}, fmt.Errorf("%s is number %d of the shards, counted from 0, and there are %d", variable, index, count)
	}
	return wholeIfOne(rollout.Shard{Index: index, Count: count}), nil
}

// scheduled is what the scheduler says: the number from 0, and how many there are, 0
// where it does not say that. variable is the one that it was told by.
func (s system) scheduled() (index, count int, variable string, err error) {
	if text, ok := s.env(envKubernetesIndex); ok && text != "" {
		index, err = number10(envKubernetesIndex, text)
		return index, 0, envKubernetesIndex, err
	}
	id, ok := s.env(envSlurmID)
	if !ok || id == "" {
		return 0, 0, "", nil
	}
	values := map[string]int{envSlurmMin: 0, envSlurmStep: 1, envSlurmCount: 0}
	for name := range values {
		if text, _ := s.env(name); text != "" {
			if values[name], err = number10(name, text); err != nil {
				return 0, 0, "", err
			}
		}
	}
	if index, err = number10(envSlurmID, id); err != nil {
		return 0, 0, "", err
	}
	return (index - values[envSlurmMin]) / max(values[envSlurmStep], 1), values[envSlurmCount], envSlurmID, nil
}

func number10(name, text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("the environment variable %s is %q, and not a number", name, text)
	}
	return n, nil
}

// parseShard reads i/n, counted from 1.
func parseShard(text string) (rollout.Shard, error) {
	first, second, _ := strings.Cut(text, "/")
	i, err := strconv.Atoi(first)
	n, err2 := strconv.Atoi(second)
	if err != nil || err2 != nil || i < 1 || i > n {
		return rollout.Shard{}, fmt.Errorf("--shard %q is not of the form i/n, such as 2/5: the second of five", text)
	}
	return wholeIfOne(rollout.Shard{Index: i - 1, Count: n}), nil
}

// wholeIfOne makes the only shard what it is: the whole table.
func wholeIfOne(s rollout.Shard) rollout.Shard {
	if s.Count == 1 {
		return rollout.Shard{}
	}
	return s
}
