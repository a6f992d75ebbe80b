package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
)

// origins are the files of what a run kept, as the entries list them that made it: for
// each some forty bytes, and sixty for each user and platform.
type origins struct {
	made   map[half]origin
	shapes shapes
	files  []originFile
	others map[half][]File // whose names don't follow from the user's
}

// origin is what a user has on a platform.
type origin struct {
	ref   half
	at    uint32 // of the first in files
	shape int16
}

type originFile struct {
	sum  [sha256.Size]byte
	size uint32
}

// originsOf reads lines for the files of the entries that want theirs.
func originsOf(entries iter.Seq2[*Entry, error], lines iter.Seq2[Line, error]) (*origins, error) {
	o := &origins{made: map[half]origin{}, shapes: newShapes(), others: map[half][]File{}}
	for e, err := range entries {
		if err != nil {
			return nil, err
		}
		if e.elsewhere() {
			o.made[pairOf(e.User, e.Platform)] = origin{ref: e.ref(), shape: unresolved}
		}
	}
	for line, err := range lines {
		if err != nil {
			return nil, err
		}
		if e := line.Entry; e != nil && len(e.Files) > 0 {
			o.add(e)
		}
	}
	return o, nil
}

// elsewhere reports whether another entry lists the files.
func (e *Entry) elsewhere() bool { return e.Made != "" && len(e.Files) == 0 }

func (o *origins) add(e *Entry) {
	pair := pairOf(e.User, e.Platform)
	made, wanted := o.made[pair]
	if !wanted || made.shape != unresolved || made.ref != e.ref() {
		return
	}
	made.at, made.shape = uint32(len(o.files)), o.shapes.number(e)
	o.made[pair] = made
	if made.shape == noShape {
		o.others[pair] = e.Files
		return
	}
	for _, f := range e.Files {
		now := originFile{size: uint32(f.Size)}
		_, _ = hex.Decode(now.sum[:], []byte(f.SHA256)) // what is no hash is none
		o.files = append(o.files, now)
	}
}

// of gives the files of an entry; none where they are listed nowhere.
func (o *origins) of(e *Entry) []File {
	pair := pairOf(e.User, e.Platform)
	made, ok := o.made[pair]
	if !ok || made.shape < 0 {
		return o.others[pair]
	}
	var files []File
	for i, name := range o.shapes.names(made.shape, artefactName(e.User)) {
		f := o.files[int(made.at)+i]
		files = append(files, File{Name: name, SHA256: hex.EncodeToString(f.sum[:]), Size: int(f.size)})
	}
	return files
}
