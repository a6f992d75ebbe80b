package provision

import (
	"path"
	"strings"

	"github.com/easkit/easkit/ios"
)

// dirData is the folder of what the declarations' assets refer to.
const dirData = "data"

// declare makes the account's declarations in place of a profile, a file each in the
// folder NAME-declarative.
func (u *user) declare(p *packed) error {
	o := u.optionsIOS(p)
	o.Password = p.password
	d, err := ios.NewDeclarations(u.account, o, u.Declarative)
	if err != nil {
		return err
	}
	dir := u.Name + "-declarative"
	for _, declaration := range append([]ios.Declaration{d.Configuration}, d.Assets...) {
		data, err := declaration.Marshal()
		if err != nil {
			return err
		}
		role := declaration.Identifier[strings.LastIndexByte(declaration.Identifier, '.')+1:]
		u.add(path.Join(dir, role+".json"), data)
	}
	for _, f := range d.Data {
		u.add(path.Join(dir, dirData, f.Name), f.Content)
		if f.Secret {
			u.note("%s is a secret: host it under %s for this user's phone alone.", path.Join(dir, dirData, f.Name), u.Declarative)
		}
	}
	u.result.Notes = append(u.result.Notes, d.Notes...)
	return nil
}
