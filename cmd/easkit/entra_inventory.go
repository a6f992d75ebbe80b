package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/easkit/easkit/certs/entra/inventory"
	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/ios"
	"github.com/easkit/easkit/profiles"
)

// formatCSV is for those who go on in a spreadsheet.
const formatCSV = "csv"

// inventoryFormats are the forms of an inventory.
var inventoryFormats = []string{formatText, formatJSON, formatCSV, formatHTML}

// exportExtensions are those under which exports lie in folders.
var exportExtensions = []string{".csv", ".json", ".jsonl", ".ndjson"}

// inventoryFlags are those of entra inventory.
type inventoryFlags struct {
	since, previous string
	waveSize        int
	redact          bool
}

func newEntraInventory(a *app) *cobra.Command {
	var f inventoryFlags
	cmd := &cobra.Command{
		Use:   "inventory FILE|DIR...",
		Short: "Who still signs in directly, from exports, in waves to move",
		Long: "Reads exports in any order and number, and says who still sends a certificate straight to\n" +
			"Exchange Online by Exchange ActiveSync, with which app, phone and EAS version:\n\n" +
			"  sign-in logs of Entra ID   the portal's download, CSV or JSON: for CSV both files, the\n" +
			"                             one named AuthDetails too; or pages of Graph's beta\n" +
			"                             (GET /beta/auditLogs/signIns), whose v1.0 lacks the method\n" +
			"  phones of Exchange         Get-MobileDevice -ResultSize Unlimited | Export-Csv; a column\n" +
			"                             UserPrincipalName, added to it, spares guessing by names\n" +
			"  Intune's profiles          JSON of deviceConfigurations?$expand=assignments, and of\n" +
			"                             mobileAppConfigurations\n\n" +
			"Nothing is sent anywhere. Keep the JSON: given with --previous to the next run, it shows\n" +
			"who has moved, who is left and who is new, and keeps everybody in their wave.",
		Example: "  easkit entra inventory InteractiveSignIns_*.csv devices.csv\n" +
			"  easkit entra inventory exports/ --format json -o week1.json\n" +
			"  easkit entra inventory exports/ --previous week1.json --format html -o week2.html --redact",
		Args: atLeastOne("FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return a.inventory(&f, args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.since, "since", "", "leave out sign-ins from before this `TIME`, as for --at")
	flags.StringVar(&f.previous, "previous", "", "compare with this `FILE`, the JSON of an earlier run")
	flags.IntVar(&f.waveSize, "wave-size", inventory.DefaultWaveSize, "how many users a wave has at most: `N`")
	flags.BoolVar(&f.redact, "redact", false, "replace the names of people and phones")
	return cmd
}

func (a *app) inventory(f *inventoryFlags, args []string) error {
	format, err := preflight.Word("--format", a.global.format, inventoryFormats)
	if err != nil {
		return err
	}
	o, err := a.inventoryOptions(f)
	if err != nil {
		return err
	}
	sources, err := a.exports(args)
	if err != nil {
		return err
	}
	inv, err := inventory.Read(a.ctx, sources, o)
	if errors.Is(err, inventory.ErrUnknown) {
		return withHint(err, "easkit entra inventory --help")
	}
	if err != nil {
		return err
	}
	if f.redact {
		inv.Redact()
	}
	write := map[string]func(io.Writer) error{formatText: inv.WriteText, formatJSON: inv.WriteJSON, formatCSV: inv.WriteCSV, formatHTML: inv.WriteHTML}
	var b bytes.Buffer
	if err := write[format](&b); err != nil {
		return fmt.Errorf("writing the inventory: %w", err)
	}
	return a.print(b.Bytes())
}

func (a *app) inventoryOptions(f *inventoryFlags) (inventory.Options, error) {
	o := inventory.Options{At: a.now(), WaveSize: f.waveSize, Online: isOnline, Profile: mailSettings}
	if f.waveSize < 1 {
		return o, fmt.Errorf("--wave-size %d: a wave has at least one user", f.waveSize)
	}
	var err error
	if a.global.at != "" {
		if o.At, err = parseTime("--at", a.global.at); err != nil {
			return o, err
		}
	}
	if f.since != "" {
		if o.Since, err = parseTime("--since", f.since); err != nil {
			return o, err
		}
	}
	if f.previous != "" {
		err = a.parseFile("--previous", f.previous, func(r io.Reader) (err error) {
			o.Previous, err = inventory.Parse(r)
			return err
		})
	}
	return o, err
}

// exports are the files of the call. What else lies in a folder may be there for
// other reasons.
func (a *app) exports(args []string) ([]inventory.Source, error) {
	var sources []inventory.Source
	for _, arg := range args {
		files, err := expand([]string{arg}, exportExtensions)
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(arg)
		inFolder := err == nil && info.IsDir()
		for _, file := range files {
			sources = append(sources, inventory.Source{Name: file, Optional: inFolder, Open: func() (io.ReadCloser, error) {
				return a.open(file, "an export")
			}})
		}
	}
	return sources, nil
}

func isOnline(host string) bool {
	e, err := profiles.ParseEndpoint(host)
	return err == nil && profiles.MailboxAt(e.Host) == preflight.ExchangeOnline
}

// mailSettings reads what an iOS profile says of its mail account.
func mailSettings(data []byte) (inventory.Settings, error) {
	doc, err := ios.Parse(data)
	if err != nil {
		return inventory.Settings{}, err
	}
	return inventory.Settings{
		Host:        doc.Account.Endpoint.Host,
		OAuth:       doc.HasAccount && doc.Account.Auth == preflight.OAuth,
		Certificate: len(doc.PKCS12) > 0 || doc.Dangling,
	}, nil
}
