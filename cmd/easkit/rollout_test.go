package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/easkit/easkit/certs"
	"github.com/easkit/easkit/certs/keyfile"
	"github.com/easkit/easkit/certs/lab"
	"github.com/easkit/easkit/profiles/rollout"
	"github.com/easkit/easkit/profiles/vault"
)

// The passwords of a script's files.
const (
	rolloutPassword = "correct horse"
	bobsPassword    = "bobs; secret" // in the script's passwords.csv
)

// rolloutFiles are a script's identities: whose certificate lies in which file, and by
// which password it opens.
var rolloutFiles = []struct{ file, user, password string }{
	{"p12/alice@contoso.com.p12", "alice@contoso.com", rolloutPassword},
	{"p12/bob.pfx", "bob@contoso.com", bobsPassword},
	{"p12/carol.p12", "dave@contoso.com", rolloutPassword}, // somebody else's
	{"p12/2026/erin.p12", "erin@contoso.com", rolloutPassword},
	{"p12/card-0815.p12", "nina@contoso.com", rolloutPassword},
	{"alice-renewed.p12", "alice@contoso.com", rolloutPassword},
}

// setupRollout gives a script what rolloutFolder makes.
func setupRollout(env *testscript.Env) error { return rolloutFolder(env.WorkDir, env.Setenv) }

// rolloutReader is the user whose certificate a rollout may be encrypted to.
const rolloutReader = "nina@contoso.com"

// everyonesKey is the key of all other users: making one takes longer than most tests.
var everyonesKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func rolloutIdentity(l *lab.Lab, user string) (*certs.Identity, error) {
	if user == rolloutReader {
		return l.User(user, user)
	}
	key, err := everyonesKey()
	if err != nil {
		return nil, err
	}
	return l.UserWithKey(user, user, key)
}

// rolloutFolder makes a folder of identities, a signer with its root, and keys to encrypt
// to, which are in variables as well.
func rolloutFolder(dir string, setenv func(name, value string)) error {
	l, err := lab.New(scriptTime, "http://127.0.0.1:1/crl")
	if err != nil {
		return err
	}
	put := func(name string, data []byte, err error) error {
		if err != nil {
			return err
		}
		return keyfile.Write(filepath.Join(dir, filepath.FromSlash(name)), data, false)
	}
	for _, f := range rolloutFiles {
		id, err := rolloutIdentity(l, f.user)
		if err != nil {
			return err
		}
		p12, err := certs.EncodePKCS12(id.Key, id.Leaf, id.Chain, f.password, "eas", certs.LegacyDES)
		if err := put(f.file, p12, err); err != nil {
			return err
		}
		if f.user == rolloutReader {
			cer := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: id.Leaf.Raw})
			if err := put("company.cer", cer, nil); err != nil {
				return err
			}
		}
	}
	signer, err := l.Signer()
	if err != nil {
		return err
	}
	p12, err := certs.EncodePKCS12(signer.Key, signer.Leaf, signer.Chain, rolloutPassword, "signer", certs.LegacyDES)
	if err := put("signer.p12", p12, err); err != nil {
		return err
	}
	root := signer.Chain[len(signer.Chain)-1]
	if err := put("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}), nil); err != nil {
		return err
	}
	for variable, file := range map[string]string{"RECIPIENT": "company.agekey", "OTHER_RECIPIENT": "other.agekey"} {
		key, err := age.GenerateX25519Identity()
		if err := put(file, []byte("# public key: "+key.Recipient().String()+"\n"+key.String()+"\n"), err); err != nil {
			return err
		}
		if err := put(strings.TrimSuffix(file, ".agekey")+".typed", []byte(key.String()+"\n"), nil); err != nil {
			return err
		}
		setenv(variable, key.Recipient().String())
		setenv("SECRET_OF_"+variable, key.String())
	}
	return put("pw", []byte(rolloutPassword+"\n"), nil)
}

// rolloutHere gives what runs a rollout of three users, in a folder of its own.
func rolloutHere(t *testing.T) (call func(ctx context.Context, now func() time.Time) (status int, out, errs string)) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := rolloutFolder(".", func(string, string) {}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("users.csv", []byte("upn\nalice@contoso.com\nerin@contoso.com\nnina@contoso.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, now func() time.Time) (int, string, string) {
		var out, errs strings.Builder
		sys := system{in: strings.NewReader(""), out: &out, err: &errs, env: func(string) (string, bool) { return "", false }, now: now}
		status := run(ctx, []string{"rollout", "users.csv", "--identities", "p12", "--password-file", "pw", "--out", "out"}, sys)
		return status, out.String(), errs.String()
	}
}

// A run that is interrupted accounts for what it did, and the next does the rest.
func TestRolloutInterrupted(t *testing.T) {
	call := rolloutHere(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	var asked atomic.Int32
	status, out, errs := call(ctx, func() time.Time {
		const whenUnderWay = 8 // the clock is asked a few times before the first user is begun
		if asked.Add(1) == whenUnderWay {
			cancel(errSignal)
		}
		return scriptTime
	})
	if status != exitInterrupted || !strings.Contains(out, "left: run it again") || !strings.HasSuffix(errs, "easkit: interrupted\n") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	v, err := vault.Open(t.Context(), "out", vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := rollout.VerifySeal(t.Context(), v, rollout.Shard{}); err != nil {
		t.Errorf("the manifest is not whole: %v", err)
	}
	if status, out, errs := call(t.Context(), func() time.Time { return scriptTime }); status != exitOK || !strings.HasPrefix(out, "3 rows: all done") {
		t.Errorf("again: status %d\n%s%s", status, out, errs)
	}
}

// errSignal is how the end of a context by a signal tells its cause.
var errSignal = fmt.Errorf("interrupt signal received: %w", context.Canceled)

// The second of two runs on the same share is told.
func TestRolloutLocked(t *testing.T) {
	call := rolloutHere(t)
	v, err := vault.Open(t.Context(), "out", vault.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	w, err := v.Lock(t.Context(), rollout.LockName(rollout.Shard{}))
	if err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return scriptTime }
	if status, _, errs := call(t.Context(), clock); status != exitInput || !strings.Contains(errs, "writes for") || !strings.Contains(errs, "hint: wait until") {
		t.Errorf("status %d\n%s", status, errs)
	}
	if err := w.Unlock(); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := call(t.Context(), clock); status != exitOK {
		t.Errorf("after that: status %d\n%s", status, errs)
	}
}

func TestExitOfTargets(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		hint   string
	}{
		{&vault.Error{Kind: vault.ErrService, Text: "x", Hint: "ask again"}, exitService, "ask again"},
		{&vault.Error{Kind: vault.ErrPublic, Text: "x", Hint: "close it"}, exitInput, "close it"},
		{&vault.Error{Kind: fs.ErrNotExist, Text: "x"}, exitInput, ""},
		{vault.ErrLost, exitInput, "run it again: it does what is left"},
		{rollout.ErrStopped, exitFindings, "easkit rollout report says why they failed; run it again then: who is done is kept"},
	} {
		status, hint := exitOf(fmt.Errorf("while trying: %w", tt.err))
		if status != tt.status || hint != tt.hint {
			t.Errorf("%v: %d %q, want %d %q", tt.err, status, hint, tt.status, tt.hint)
		}
	}
}

func TestShardOf(t *testing.T) {
	for _, tt := range []struct {
		name  string
		flags shardFlags
		env   string // A=1 B=2
		want  rollout.Shard
		err   string
	}{
		{name: "none"},
		{name: "from 1", flags: shardFlags{shard: "2/5"}, want: rollout.Shard{Index: 1, Count: 5}},
		{name: "the only one", flags: shardFlags{shard: "1/1"}, env: "JOB_COMPLETION_INDEX=3"},
		{name: "0 of 5", flags: shardFlags{shard: "0/5"}, err: "not of the form i/n"},
		{name: "6 of 5", flags: shardFlags{shard: "6/5"}, err: "not of the form i/n"},
		{name: "half of one", flags: shardFlags{shard: "2"}, err: "not of the form i/n"},
		{name: "both", flags: shardFlags{shard: "2/5", count: 5}, err: "not both"},
		{name: "a job's pod", flags: shardFlags{count: 5}, env: "JOB_COMPLETION_INDEX=0", want: rollout.Shard{Index: 0, Count: 5}},
		{name: "a job's last pod", flags: shardFlags{count: 5}, env: "JOB_COMPLETION_INDEX=4", want: rollout.Shard{Index: 4, Count: 5}},
		{name: "more pods than shards", flags: shardFlags{count: 5}, env: "JOB_COMPLETION_INDEX=5", err: "there are 5"},
		{name: "a pod of who knows how many", env: "JOB_COMPLETION_INDEX=0", err: "JOB_COMPLETION_INDEX is set"},
		{name: "no number", flags: shardFlags{count: 5}, env: "JOB_COMPLETION_INDEX=x", err: "not a number"},
		{name: "no scheduler", flags: shardFlags{count: 5}, err: "no scheduler"},
		{name: "an array from 1", env: "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=5", want: rollout.Shard{Index: 1, Count: 5}},
		{name: "an array from 0", env: "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_COUNT=5", want: rollout.Shard{Index: 2, Count: 5}},
		{name: "an array in steps", env: "SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_STEP=4 SLURM_ARRAY_TASK_COUNT=3", want: rollout.Shard{Index: 2, Count: 3}},
		{name: "an array with gaps", env: "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=3", err: "there are 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env := map[string]string{}
			for _, set := range strings.Fields(tt.env) {
				name, value, _ := strings.Cut(set, "=")
				env[name] = value
			}
			s := system{env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}
			got, err := s.shardOf(tt.flags)
			switch {
			case tt.err == "" && (err != nil || got != tt.want):
				t.Errorf("%v, %v, want %v", got, err, tt.want)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("%v, want an error with %q", err, tt.err)
			}
		})
	}
}

func TestRolloutProgress(t *testing.T) {
	p := &rolloutProgress{}
	if got := p.line(); got != "no user is done yet" {
		t.Error(got)
	}
	for i := range 1000 {
		p.told(rollout.Progress{Rows: 10000, Ended: i + 1, Failed: (i + 1) / 100})
	}
	if got, want := p.after(2*time.Second), "500 a second, 18s left, 10 failed"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := p.line(), "1,000 of 10,000 users, "; !strings.HasPrefix(got, want) {
		t.Errorf("%q, want it to begin with %q", got, want)
	}
}

// A table that can be read only once is kept until it is closed.
func TestSpool(t *testing.T) {
	table, err := spool(strings.NewReader("upn\nalice@contoso.com\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer table.close()
	for range 2 {
		in, err := table.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(in)
		if err != nil || !bytes.Equal(got, []byte("upn\nalice@contoso.com\n")) {
			t.Errorf("%q, %v", got, err)
		}
		in.Close()
	}
}

// A secret key that is given where its public half belongs is in no message.
func TestEncryptToHidesSecretKeys(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{key.String(), strings.ToLower(key.String())} {
		_, err := new(app).sealer([]string{secret})
		if err == nil || strings.Contains(strings.ToUpper(err.Error()), key.String()) {
			t.Errorf("%v, want an error without the key", err)
		}
	}
}
