package intune

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// worldwideGraph is where Graph is for a set that does not say it.
const worldwideGraph = "https://graph.microsoft.com"

// readmeWidth is where the lines of a README break.
const readmeWidth = 96

// readme says to people what the folder is and how it is imported.
func (s *Set) readme() string {
	var r readme
	r.title(s.Name + ": objects for Microsoft Intune")
	r.paragraph("Made by easkit. Nothing in this folder has been tried against a tenant or on a phone by whoever wrote easkit: " +
		"the objects agree with Microsoft's published description of their types, and the layout with the source of IntuneManagement. " +
		"Import them into a test tenant, or for a test group, first.")
	s.readmeNotes(&r)
	s.readmeFiles(&r)
	s.readmeGroups(&r)
	r.heading("Import with easkit")
	r.list("easkit intune plan DIR shows what would be created, updated and assigned in the tenant, and changes nothing.",
		"easkit intune import carries out that plan. It deletes nothing, and never edits or unassigns a certificate profile.",
		"A file that was changed is refused, even if only its line ends were, as some version control does: change the template "+
			"and export again, since what was checked is what gets imported.")
	s.readmeIntuneManagement(&r)
	s.readmeByHand(&r)
	s.readmeUnconfirmed(&r)
	return r.String()
}

func (s *Set) readmeNotes(r *readme) {
	if len(s.Notes) == 0 {
		return
	}
	r.heading("What to know")
	r.list(s.Notes...)
}

func (s *Set) readmeFiles(r *readme) {
	r.heading("The files, in the order of import")
	for i, p := range s.Parts {
		kind, _ := KindOf(p.Object.Type())
		fmt.Fprintf(r, "%3d %s\n", i+1, partFileName(p)) // a name is never broken
		said := kind.Title + "."
		if p.App != nil {
			said += fmt.Sprintf(" For the app %s (%s), which the tenant must have under exactly this name.", p.App.Title, p.App.Android+p.App.IOS)
		}
		for _, ref := range p.Refers {
			to, _ := s.Part(ref.To)
			said += fmt.Sprintf(" Its %s is %s.", ref.Property, to.Object.Name())
		}
		if p.Secret {
			said += " SECRET: one user's private key is in it, for whoever has the file or may read the profile in Intune. " +
				"It is assigned to nobody: assign it to a group of that user alone."
		}
		r.item("", said)
		for _, note := range p.Notes {
			r.item("", note)
		}
	}
	r.item("-", IndexFile+" is easkit's index of them with a hash of each.")
	if _, ok := s.migrationTable(); ok {
		r.item("-", MigrationFile+" tells IntuneManagement the names of the groups.")
	}
}

func (s *Set) readmeGroups(r *readme) {
	r.heading("Groups")
	if len(s.Groups) == 0 {
		r.paragraph("No group is named: nothing is assigned to anybody until you do so.")
		return
	}
	r.paragraph("All objects but those marked SECRET are assigned to the same user groups, as certificate and mail profiles must be:")
	for _, group := range s.Groups {
		r.item("-", group)
	}
	r.paragraph("Make the groups before the import. easkit refuses a group that is not there; IntuneManagement creates one of that name, " +
		"without members, or fails to and leaves the objects unassigned. Two groups of one name confuse both: give the object id instead.")
}

func (s *Set) readmeIntuneManagement(r *readme) {
	r.heading("Import with IntuneManagement (github.com/Micke-K/IntuneManagement)")
	r.list("In its settings leave 'Resolve reference info' on, and Graph v1.0 off: most of these types exist in beta only.",
		"Choose Bulk > Import with this folder as the import root, 'Import Assignments' on, and the types Device Configuration and App "+
			"Configuration (Device). It creates all device configurations first and then joins them by their names. When you import single "+
			"files instead, begin with the roots, then certificates, then mail, and choose the folder of the type itself: in this one it "+
			"would take the index for an object.",
		"As Import Type choose 'Skip if object exists'. Never choose 'Update' or 'Replace': they edit or delete "+
			"certificate profiles, which revokes the certificates on the phones. 'Always import' a second time makes everything twice, and then no "+
			"reference is joined, since names are no longer unique.",
		"Read its log afterwards: a reference or an app that it did not find is a warning there, and the profile exists without it. Check in "+
			"the portal that every mail profile names its certificate.",
		"It reads the table of groups once after each sign-in: sign in again before you import another folder.")
}

func (s *Set) readmeByHand(r *readme) {
	beta := cmp.Or(s.Graph, worldwideGraph) + "/beta"
	r.heading("Import by hand with Graph Explorer")
	r.paragraph("For each file, in the order above, with the permissions DeviceManagementConfiguration.ReadWrite.All and DeviceManagementApps.ReadWrite.All:")
	r.list("Take the keys \"id\", \"assignments\", and all that begin with \"#\" or end in \"@odata.associationLink\" out of a copy of the file.",
		"In an app configuration put the id that the app has in your tenant into targetedMobileApps: the one in the file is made up.",
		"POST it to "+beta+DeviceConfigurations+", or an app configuration to "+beta+
			AppConfigurations+". Note the id in the answer.",
		"For each \"RELATION@odata.associationLink\": PUT to that address below "+beta+", with the id of the answer in the place of "+
			"the made-up one, the body {\"@odata.id\":\""+beta+DeviceConfigurations+"('ID')\"}, ID being that of the object "+
			"which \"#CustomRef_RELATION\" names.",
		"POST {\"assignments\":[{\"target\":{\"@odata.type\":\"#microsoft.graph.groupAssignmentTarget\",\"groupId\":\"GROUP\"}}]} to the address of the object "+
			"with /assign behind it, one item for each group: it replaces all assignments that the object has.")
}

func (s *Set) readmeUnconfirmed(r *readme) {
	notes := []string{"That Graph takes the objects as they are: they were held against Microsoft's declarations of the types, not posted.",
		"The type in the address of a reference (…/microsoft.graph.TYPE/RELATION/$ref): it is as Microsoft365DSC has it for another certificate profile."}
	if slices.ContainsFunc(s.Parts, func(p Part) bool { return p.App != nil }) {
		notes = append(notes, "The names under which the apps stand in your tenant: compare them before the import.")
	}
	r.heading("Not confirmed")
	r.list(notes...)
}

// readme collects lines of text.
type readme struct{ strings.Builder }

func (r *readme) title(text string) {
	fmt.Fprintf(r, "%s\n%s\n\n", text, strings.Repeat("=", utf8.RuneCountInString(text)))
}

func (r *readme) heading(text string) {
	fmt.Fprintf(r, "\n%s\n%s\n\n", text, strings.Repeat("-", utf8.RuneCountInString(text)))
}

func (r *readme) paragraph(text string) { r.wrap("", "", text) }

func (r *readme) list(items ...string) {
	for _, item := range items {
		r.item("-", item)
	}
}

// item is an item of a list, or with no mark what follows below its first line.
func (r *readme) item(mark, text string) { r.wrap(fmt.Sprintf("%3s ", mark), "    ", text) }

// wrap writes words in lines of readmeWidth, the first behind one indent, the others
// behind another. A word that is longer stands alone.
func (r *readme) wrap(first, rest, text string) {
	line, empty := first, true
	for _, word := range strings.Fields(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > readmeWidth {
			fmt.Fprintln(r, line)
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	fmt.Fprintln(r, line)
}
