package probe_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/easkit/easkit/certs"
)

// realServer is set to 1 where SOGo and what it needs are installed.
const realServer = "EASKIT_EAS_SERVER"

// How long programs may take to start, and to end; they are looked at this often.
const (
	startsWithin = 30 * time.Second
	endsWithin   = 10 * time.Second
	between      = 20 * time.Millisecond
)

// endOfLog is how much is shown of what a program said where the test fails, in bytes.
const endOfLog = 4 << 10

// Ports are taken from portsBegin up to portsEnd: below those that Linux gives to outgoing
// connections, so that none is lost between looking for it and using it.
const (
	portsBegin = 20000
	portsEnd   = 32000
)

// server is SOGo with Apache and nginx before it, on loopback, as the templates in
// testdata/server see it.
type server struct {
	Dir, User, Group       string
	Host, Domain           string
	SOGo, IMAP, Memcached  int    // ports
	Database               string // URL
	ApacheModules          []string
	NginxSpools            []string
	Dovecot24              bool // whose configuration is another language than 2.3's
	Fronts                 []*front
	Accounts               map[string]string // UPNs by the SHA-1 of certificates, for nginx
	postgres, databasePort string
	credential             *syscall.Credential // nil for the caller's own
}

// front is a port with TLS before SOGo.
type front struct {
	Name     string
	Software string // apache or nginx
	Verify   string // whether a certificate is asked for, in that software's words; or "late", by Apache, for the path alone
	TLS      []string
	Port     int

	none string // what comes of no certificate
}

func (f *front) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(f.Port)) }

// startServer starts a server until the test ends, which knows the account of alice and
// takes the certificates of p. Programs that are missing fail the test.
func startServer(t *testing.T, p *pki, fronts []*front) *server {
	t.Helper()
	s := &server{
		Dir: t.TempDir(), Host: "mail." + domain, Domain: domain, Fronts: fronts, Accounts: map[string]string{},
		ApacheModules: []string{"mpm_event", "authz_core", "headers", "proxy", "proxy_http", "ssl"},
		NginxSpools:   []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"},
	}
	s.takeOwner(t)
	s.takePorts(t)
	s.findPrograms(t)
	s.writeCertificates(t, p)
	s.writeTemplates(t)
	s.makeDatabase(t)
	s.startAll(t)
	return s
}

// takeOwner finds the account that everything runs as: PostgreSQL and SOGo refuse root.
func (s *server) takeOwner(t *testing.T) {
	t.Helper()
	owner, err := user.Current()
	if err == nil && os.Getuid() == 0 {
		owner, err = user.Lookup("sogo")
	}
	if err != nil {
		t.Fatal(err)
	}
	group, err := user.LookupGroupId(owner.Gid)
	if err != nil {
		t.Fatal(err)
	}
	s.User, s.Group = owner.Username, group.Name
	if os.Getuid() != 0 {
		return
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	s.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(s.Dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(s.Dir), 0o711); err != nil { // made for its owner alone
		t.Fatal(err)
	}
}

func (s *server) takePorts(t *testing.T) {
	t.Helper()
	var database int
	want := []*int{&s.SOGo, &s.IMAP, &s.Memcached, &database}
	for _, f := range s.Fronts {
		want = append(want, &f.Port)
	}
	span := portsEnd - portsBegin
	for i, first := 0, rand.IntN(span); i < span && len(want) > 0; i++ {
		port := portsBegin + (first+i)%span
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			l.Close()
			*want[0], want = port, want[1:]
		}
	}
	if len(want) > 0 {
		t.Fatal("there are not enough free ports")
	}
	s.databasePort = strconv.Itoa(database)
	s.Database = "postgresql://sogo:sogo@127.0.0.1:" + s.databasePort + "/postgres"
}

func (s *server) findPrograms(t *testing.T) {
	t.Helper()
	for _, program := range []string{"sogod", "memcached", "apache2", "nginx", "dovecot"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s=1: %v", realServer, err)
		}
	}
	versions, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian keeps them off PATH
	if len(versions) == 0 {
		t.Fatalf("%s=1: PostgreSQL is not in /usr/lib/postgresql", realServer)
	}
	s.postgres = filepath.Dir(versions[len(versions)-1])
	out, err := exec.Command("dovecot", "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	s.Dovecot24 = !strings.HasPrefix(string(out), "2.3")
}

// write makes a file that the server's account can read, and nobody else.
func (s *server) write(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(s.Dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if s.credential != nil {
		if err := os.Chown(path, int(s.credential.Uid), int(s.credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *server) writeCertificates(t *testing.T, p *pki) {
	t.Helper()
	blocks := func(kind string, ders ...[]byte) []byte {
		var text []byte
		for _, der := range ders {
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
		}
		return text
	}
	root, issuing := p.lab.Root, p.lab.Issuing
	s.write(t, "server.pem", blocks("CERTIFICATE", p.server.Leaf.Raw, issuing.Certificate.Raw))
	s.write(t, "server.key", blocks("PRIVATE KEY", marshalKey(t, p.server.Key)))
	s.write(t, "clients.pem", blocks("CERTIFICATE", root.Certificate.Raw, issuing.Certificate.Raw))
	s.write(t, "revoked.pem", blocks("X509 CRL", root.CRL, issuing.CRL))
	for _, c := range p.clients {
		if c.identity == nil {
			continue
		}
		for _, upn := range c.identity.Leaf.Values(certs.KindUPN) {
			sum := sha1.Sum(c.identity.Leaf.Raw)
			s.Accounts[hex.EncodeToString(sum[:])] = upn
		}
	}
}

func (s *server) writeTemplates(t *testing.T) {
	t.Helper()
	all, err := template.ParseGlob("testdata/server/*.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all.Templates() {
		var text strings.Builder
		if err := one.Execute(&text, s); err != nil {
			t.Fatal(err)
		}
		s.write(t, strings.TrimSuffix(one.Name(), ".tmpl"), []byte(text.String()))
	}
}

func (s *server) file(name string) string { return filepath.Join(s.Dir, name) }

// command is a program of the server, with nothing of the caller's environment.
func (s *server) command(line ...string) *exec.Cmd {
	cmd := exec.Command(line[0], line[1:]...)
	cmd.Dir = s.Dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.Dir, "LANG=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.credential, Setpgid: true}
	return cmd
}

func (s *server) makeDatabase(t *testing.T) {
	t.Helper()
	data := s.file("database")
	accounts, err := os.Open(s.file("accounts.sql"))
	if err != nil {
		t.Fatal(err)
	}
	defer accounts.Close()
	single := s.command(filepath.Join(s.postgres, "postgres"), "--single", "-j", "-D", data, "postgres")
	single.Stdin = accounts
	for _, cmd := range []*exec.Cmd{
		s.command(filepath.Join(s.postgres, "initdb"), "-D", data, "-U", "sogo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
		single,
	} {
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", cmd, err, out)
		}
	}
}

// startAll starts the programs, and waits until all of them answer.
func (s *server) startAll(t *testing.T) {
	t.Helper()
	for _, p := range []struct {
		stop syscall.Signal
		line []string
	}{
		{syscall.SIGINT, []string{filepath.Join(s.postgres, "postgres"), "-D", s.file("database"), "-p", s.databasePort,
			"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"}},
		{syscall.SIGKILL, []string{"memcached", "-l", "127.0.0.1", "-p", strconv.Itoa(s.Memcached), "-U", "0"}},
		{syscall.SIGTERM, []string{"dovecot", "-F", "-c", s.file("dovecot.conf")}},
		{syscall.SIGKILL, s.sogo(t)}, // its ActiveSync module catches SIGTERM and goes on
		{syscall.SIGTERM, []string{"apache2", "-DFOREGROUND", "-f", s.file("apache.conf")}},
		{syscall.SIGTERM, []string{"nginx", "-e", "stderr", "-c", s.file("nginx.conf")}},
	} {
		s.start(t, p.stop, p.line)
	}
	s.await(t, "SOGo", s.asked)
	for _, f := range s.Fronts {
		s.await(t, f.Software, func() error { return dials(f.address()) })
	}
	s.await(t, "dovecot", func() error { return dials(net.JoinHostPort("127.0.0.1", strconv.Itoa(s.IMAP))) })
}

// sogo is the line that starts SOGo: it reads no file but /etc/sogo/sogo.conf, over which
// its arguments win.
func (s *server) sogo(t *testing.T) []string {
	t.Helper()
	args, err := os.ReadFile(s.file("sogo.args"))
	if err != nil {
		t.Fatal(err)
	}
	line := []string{"sogod"}
	for arg := range strings.Lines(string(args)) {
		name, value, _ := strings.Cut(strings.TrimSpace(arg), " ")
		line = append(line, "-"+name, value)
	}
	return line
}

// start starts a program until the test ends.
func (s *server) start(t *testing.T, stop syscall.Signal, line []string) {
	t.Helper()
	name := filepath.Base(line[0])
	s.write(t, name+".out", nil)
	out, err := os.OpenFile(s.file(name+".out"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := s.command(line...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr.Pdeathsig = stop // where the test is killed
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		cmd.Process.Signal(stop)
		select {
		case <-ended:
		case <-time.After(endsWithin):
			t.Errorf("%s does not end", name)
		}
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its children, if it left some
		if t.Failed() {
			said, _ := os.ReadFile(out.Name())
			t.Logf("%s said at the end:\n%s", name, said[max(0, len(said)-endOfLog):])
		}
	})
}

func (s *server) await(t *testing.T, what string, ready func() error) {
	t.Helper()
	var err error
	for until := time.Now().Add(startsWithin); time.Now().Before(until); time.Sleep(between) {
		if err = ready(); err == nil {
			return
		}
	}
	t.Fatalf("%s does not answer: %v", what, err)
}

func dials(address string) error {
	c, err := net.Dial("tcp", address)
	if err == nil {
		c.Close()
	}
	return err
}

// asked asks SOGo itself, as its fronts do.
func (s *server) asked() error {
	r, err := http.NewRequest(http.MethodOptions, fmt.Sprintf("http://127.0.0.1:%d/SOGo/Microsoft-Server-ActiveSync", s.SOGo), nil)
	if err != nil {
		return err
	}
	r.Header.Set("x-webobjects-remote-user", alice)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("OPTIONS: %s", answer.Status)
	}
	return nil
}

// deliver puts mails into a mailbox, by IMAP.
func (s *server) deliver(t *testing.T, mailbox string, mails ...string) {
	t.Helper()
	c, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.IMAP)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(endsWithin))
	answers := bufio.NewReader(c)
	// SOGo reads HIGHESTMODSEQ, which Dovecot 2.3 tells only of mailboxes that somebody
	// has opened with CONDSTORE: without it every Sync is empty.
	commands := []string{"LOGIN " + mailbox + " any", "SELECT INBOX (CONDSTORE)"}
	for _, mail := range mails {
		commands = append(commands, fmt.Sprintf("APPEND INBOX {%d+}\r\n%s", len(mail), mail))
	}
	for _, command := range commands {
		fmt.Fprintf(c, "a %s\r\n", command)
		line := ""
		for !strings.HasPrefix(line, "a ") {
			if line, err = answers.ReadString('\n'); err != nil {
				t.Fatalf("IMAP: %v", err)
			}
		}
		if !strings.HasPrefix(line, "a OK") {
			t.Fatalf("IMAP: %s", line)
		}
	}
}
