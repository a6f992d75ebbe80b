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
			if topic := topicNamed(cmd.Root(), args); topic != nil {
				return topic.Help()
			}
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				hint := "easkit help"
				if topic := topicOf[strings.ToLower(strings.Join(args, "-"))]; topic != "" {
					hint = "easkit help " + topic + ", which speaks of it"
				}
				return withHint(fmt.Errorf("there is no command or topic %q", strings.Join(args, " ")), "%s", hint)
			}
			return target.Help()
		},
	}
}

// topicNamed is the topic of that name, also where a command has it too: --help shows
// the command's.
func topicNamed(root *cobra.Command, args []string) *cobra.Command {
	if len(args) != 1 { // Commands would sort them, and topics may come first then
		return nil
	}
	for _, c := range root.Commands() {
		if c.Name() == args[0] && c.IsAdditionalHelpTopicCommand() {
			return c
		}
	}
	return nil
}

// topicOf is where to read about what people look for by another word.
var topicOf = map[string]string{
	"scep": "templates", "acme": "templates", "placeholders": "templates", "tokens": "templates",
	"pkcs11": "trust", "hsm": "trust", "keyvault": "trust", "signer": "trust", "signers": "trust", "signing": "trust",
	"mdm": "iphone", "profile": "iphone", "profiles": "iphone", "letter": "iphone", "migration": "iphone", "going-back": "iphone",
	"password": "passwords", "p12": "pkcs12", "oauth": "retirement", "exit": "exit-status", "crl": "preflight",
	"table": "rollout", "wave": "rollout", "waves": "rollout", "shard": "rollout", "shards": "rollout", "kubernetes": "rollout", "slurm": "rollout",
	"blob": "rollout", "azure": "rollout", "age": "rollout", "manifest": "rollout",
	"tickets": "portal", "link": "portal", "links": "portal", "pin": "portal", "qr": "portal", "helpdesk": "portal", "help-desk": "portal", "desk": "portal",
	"oidc": "sign-in", "openid": "sign-in",
	"activesync": "probe", "eas": "probe", "autodiscover": "probe", "connect": "probe",
	"gmail": "managed-configuration", "outlook": "managed-configuration", "amapi": "managed-configuration", "schema": "managed-configuration",
}
