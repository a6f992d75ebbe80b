package main

import (
	"bytes"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/profiles"
)

func newTemplate(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "template",
		Short: "Describe an organisation's mail accounts",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTemplateList(a), newTemplateShow(a), newTemplateInit(a), newTemplateSchema(a))
	for _, sub := range cmd.Commands() {
		sub.PreRunE = func(*cobra.Command, []string) error { return a.global.check() }
	}
	return cmd
}

func newTemplateList(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the presets", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			var b bytes.Buffer
			w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
			for _, name := range profiles.Presets() {
				t, err := profiles.Preset(name)
				if err != nil {
					return err
				}
				fmt.Fprintf(w, "%s\t%s\n", name, t.Description)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			return a.print(b.Bytes())
		},
	}
}

func newTemplateShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show PRESET", Short: "Print a preset, to start from", Args: exactly("PRESET"),
		Example: "  easkit template show exchange-online > contoso.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			text, err := profiles.PresetText(args[0])
			if err != nil {
				return err
			}
			return a.print(text)
		},
	}
}

func newTemplateInit(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "init [PRESET]", Short: "Write a template file to edit (easkit.yaml, or -o FILE)", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := a.global.overrides()
			if err != nil {
				return err
			}
			preset := profiles.DefaultPreset(o)
			if len(args) == 1 {
				preset = args[0]
			}
			text, err := profiles.PresetText(preset)
			if err != nil {
				return err
			}
			out := a.global.output
			switch out {
			case stdout:
				return a.writeBinary(text, true)
			case "":
				out = "easkit.yaml"
			}
			if err := a.write(out, text); err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.out, out)
			return err
		},
	}
}

func newTemplateSchema(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of templates, for editors", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schema, err := profiles.TemplateSchema()
			if err != nil {
				return err
			}
			return a.print(schema)
		},
	}
}
