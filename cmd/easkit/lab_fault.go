package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/easkit/easkit/certs/preflight"
	servers "github.com/easkit/easkit/profiles/lab"
)

// labFault is something that goes wrong with one of a lab's servers: that of the other is
// none then.
type labFault struct {
	name, what string
	graph      servers.Fault
	mail       servers.EASFault
	hosts      []string // that ActiveSync sends to then, and that are the lab's as well
}

func graphFaults() []labFault {
	var all []labFault
	for _, f := range servers.Faults() {
		all = append(all, labFault{name: f.Name, what: f.What, graph: f})
	}
	return all
}

func mailFaults() []labFault {
	var all []labFault
	for _, f := range servers.EASFaults() {
		fault := labFault{name: f.Name, what: f.What, mail: f}
		if strings.HasPrefix(f.Name, "redirect-") {
			fault.hosts = []string{onlineCBAHost}
		}
		all = append(all, fault)
	}
	return all
}

// faultText lists faults for the help.
func faultText(faults []labFault) string {
	var lines []string
	for _, f := range faults {
		lines = append(lines, fmt.Sprintf("  %-20s %s", f.name, f.what))
	}
	return strings.Join(lines, "\n")
}

// findFault finds a fault by its name; none has the name "".
func findFault(name string) (labFault, error) {
	if name == "" {
		return labFault{}, nil
	}
	all := append(graphFaults(), mailFaults()...)
	var names []string
	for _, f := range all {
		names = append(names, f.name)
	}
	if _, err := preflight.Word("--fault", name, names); err != nil {
		return labFault{}, err
	}
	return all[slices.Index(names, name)], nil
}
