package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/templates"
)

// helpTopics are pages that belong to no command: easkit help TOPIC. The first
// line of a page is its title.
func helpTopics() []*cobra.Command {
	entries, err := templates.Files.ReadDir("help")
	if err != nil {
		return nil // embedded: it is there
	}
	var topics []*cobra.Command
	for _, e := range entries {
		text, err := templates.Files.ReadFile(path.Join("help", e.Name()))
		if err != nil {
			continue
		}
		title, body, _ := strings.Cut(string(text), "\n")
		if e.Name() == "permissions.txt" {
			body += permissionTable()
		}
		topics = append(topics, &cobra.Command{Use: strings.TrimSuffix(e.Name(), ".txt"), Short: title, Long: title + "\n" + strings.TrimRight(body, "\n")})
	}
	return topics
}

// newHelp is cobra's help command, but for an unknown topic, which is a wrong
// call.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND|TOPIC]", Short: "Help about a command or a topic",
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return withHint(fmt.Errorf("there is no command or topic %q", strings.Join(args, " ")), "easkit help")
			}
			return target.Help()
		},
	}
}
