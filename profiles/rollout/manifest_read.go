package rollout

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/easkit/easkit/certs/preflight"
	"github.com/easkit/easkit/profiles/vault"
)

// Line is a line of a manifest.
type Line struct {
	Number int    // in the file, from 1
	Run    *Run   // that it belongs to; the same pointer for all lines of a run
	Entry  *Entry // nil where a run begins; the caller's to keep

	raw []byte // with its end, until the next line
	end int64  // where it ends in the file, in bytes
}

// begin is where a line begins in its file, in bytes.
func (l *Line) begin() int64 { return l.end - int64(len(l.raw)) }

// ErrManifest says that a file is no manifest, or one that can't be understood.
var ErrManifest = errors.New("it is no manifest that can be read")

// ReadManifest reads a manifest line by line, in little memory. A last line without its
// end, which a killed run leaves, is passed over, and so are lines of kinds that don't
// exist yet; a file without a whole line has none. Errors wrap [ErrManifest], but for
// those of r; nothing comes after one.
func ReadManifest(r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		l := lines{lineReader: newLineReader(r)}
		for l.next() {
			if l.other {
				continue
			}
			if !yield(l.line, nil) {
				return
			}
		}
		if l.err != nil {
			yield(Line{}, l.err)
		}
	}
}

// lines reads the lines of a manifest.
type lines struct {
	lineReader
	line  Line
	other bool // the line is of another kind
	err   error
}

// next reads a line; it answers whether there was one.
func (l *lines) next() bool {
	raw, err := l.read()
	if err == nil {
		l.line.Number++
		l.line.end += int64(len(raw))
		err = l.parse(raw)
	}
	if errors.Is(err, io.EOF) {
		return false
	}
	if err != nil {
		l.err = fmt.Errorf("line %d: %w", max(l.line.Number, 1), err)
	}
	return err == nil
}

// lineReader reads whole lines.
type lineReader struct {
	r    *bufio.Reader
	long []byte // a line that is longer than the buffer
}

func newLineReader(r io.Reader) lineReader { return lineReader{r: bufio.NewReaderSize(r, 64<<10)} }

// read gives a line with its end, until the next one, or io.EOF.
func (l *lineReader) read() ([]byte, error) {
	part, err := l.r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return part, err
	}
	l.long = l.long[:0]
	for ; errors.Is(err, bufio.ErrBufferFull); part, err = l.r.ReadSlice('\n') {
		if l.long = append(l.long, part...); len(l.long) > maxLine {
			return nil, fmt.Errorf("%w: it has more than %d bytes", ErrManifest, maxLine)
		}
	}
	l.long = append(l.long, part...)
	return l.long, err
}

// parse understands a line.
func (l *lines) parse(raw []byte) error {
	var is struct {
		header
		Entry
	}
	l.line.raw, l.line.Entry, l.other = raw, nil, false
	if err := json.Unmarshal(raw, &is); err != nil {
		return fmt.Errorf("%w: %s", ErrManifest, preflight.Printable(err.Error()))
	}
	switch {
	case is.Schema != "" && is.Schema != ManifestSchema:
		return fmt.Errorf("%w: it is of the form %.40q, and %q is known", ErrManifest, is.Schema, ManifestSchema)
	case is.Schema != "" && is.Run != nil:
		l.line.Run = is.Run
	case l.line.Run == nil:
		return fmt.Errorf("%w: it does not begin with a run", ErrManifest)
	case is.Schema != "" || is.Status == "":
		l.other = true
	case !slices.Contains(statuses, is.Status):
		return fmt.Errorf("%w: there is no status %.40q", ErrManifest, is.Status)
	default:
		l.line.Entry = &is.Entry
	}
	return nil
}

// manifests gives the names of all manifests in a target, in their order.
func manifests(ctx context.Context, v vault.Vault) ([]string, error) {
	var names []string
	for name, err := range v.List(ctx, manifestBase) {
		if err != nil {
			return nil, err
		}
		if isManifest().MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Shards are the shares that have a manifest in a target: the whole rollout first, then by
// how many there are, and by their number.
func Shards(ctx context.Context, v vault.Vault) ([]Shard, error) {
	names, err := manifests(ctx, v)
	if err != nil {
		return nil, err
	}
	var all []Shard
	for _, name := range names {
		if s, ok := shardOf(name); ok {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b Shard) int { return cmp.Or(a.Count-b.Count, a.Index-b.Index) })
	return all, nil
}

// ReadTarget reads the manifests in a target one after the other. A new one begins with
// line 1.
func ReadTarget(ctx context.Context, v vault.Vault) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		names, err := manifests(ctx, v)
		if err != nil {
			yield(Line{}, err)
			return
		}
		for _, name := range names {
			if !readInto(ctx, v, name, yield) {
				return
			}
		}
	}
}

// ReadShares reads the manifests of shares one after the other, without the entries that
// their signers did not sign for: of each share those among the first bytes, as its
// [Summary].Unproven says. Whether manifests are as they were sealed, [VerifySeal] says.
func ReadShares(ctx context.Context, v vault.Vault, of []Shard, unproven map[Shard]int64) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		for _, s := range of {
			proven := func(l Line, err error) bool {
				if err == nil && l.Entry != nil && l.begin() < unproven[s] {
					return true
				}
				return yield(l, err)
			}
			if !readInto(ctx, v, ManifestName(s), proven) {
				return
			}
		}
	}
}

// readInto reads a manifest; it answers whether to go on.
func readInto(ctx context.Context, v vault.Vault, name string, yield func(Line, error) bool) bool {
	r, err := v.Open(ctx, name)
	if err != nil {
		return yield(Line{}, err)
	}
	defer r.Close()
	for line, err := range ReadManifest(r) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			yield(Line{}, fmt.Errorf("reading %q: %w", name, err))
			return false
		}
		if !yield(line, nil) {
			return false
		}
	}
	return true
}
