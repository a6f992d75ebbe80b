package rollout

import (
	"context"
	"sync"

	"github.com/easkit/easkit/certs"
)

// bySAN looks into the files that no row has so far, finds their users by what the
// certificates say, and does the rows that were left. What an earlier run found out about
// a file holds for the same content.
func (r *run) bySAN(ctx context.Context, workers int, left lineSet) error {
	index := r.identities.BySAN(r.people)
	paths := make(chan string, workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for path := range paths {
				if ctx.Err() == nil {
					r.lookInto(path, index, left)
				}
			}
		})
	}
	for path := range r.identities.Rest() {
		if ctx.Err() != nil {
			break
		}
		paths <- path
	}
	close(paths)
	group.Wait()
	return r.parallel(ctx, workers, func(put func(job) bool) error {
		for record, err := range r.records() {
			if err != nil {
				return err
			}
			if left.has(record.Line) && !put(job{record: record, candidates: index.Candidates(record)}) {
				break
			}
		}
		return nil
	})
}

// lookInto finds the user of a file.
func (r *run) lookInto(path string, index *SANIndex, left lineSet) {
	file := load(path)
	if names, known := r.before.holder(file.sum); known && file.err == nil {
		index.addKnown(path, names)
		return
	}
	o, id := r.open(Row{}, Candidate{Path: path, Found: FoundBySAN}, file)
	if o.Err != nil {
		return // a file of nobody's is nobody's
	}
	if line, err := index.Add(path, o.Leaf); err == nil && left.has(line) {
		r.opened.put(path, openedFile{id, r.passwordOf(Row{}, path), len(file.data)})
	}
}

// openedFiles are some of the files that were opened to find their users, until their
// rows are done: opening takes about a third of the time that a user does. They hold
// keys, and so are few, and given once.
type openedFiles struct {
	mu    sync.Mutex
	files map[string]openedFile
	size  int
}

// openedFile is an identity, what opened it, and the size of its file in bytes.
type openedFile struct {
	identity *identity
	password certs.Password
	size     int
}

// Bounds of what is held: some 30 MB in all, as an open file takes eight times its bytes.
const (
	maxOpened     = 1024
	maxOpenedSize = 4 << 20
)

func (o *openedFiles) put(path string, f openedFile) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.files) == maxOpened || o.size+f.size > maxOpenedSize {
		return
	}
	if o.files == nil {
		o.files = map[string]openedFile{}
	}
	o.files[path] = f
	o.size += f.size
}

// take gives a file that was opened, and forgets it.
func (o *openedFiles) take(path string) (openedFile, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f, ok := o.files[path]
	delete(o.files, path)
	return f, ok
}

// load reads a user's file, unless it is open.
func (r *run) load(path string) content {
	if f, ok := r.opened.take(path); ok {
		return content{sum: f.identity.sum, was: &f}
	}
	return load(path)
}
