package cms

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"os/exec"
	"slices"
	"testing"
)

// threeCertificates are a root, an issuing CA and a leaf, by encoding.
func threeCertificates() [][]byte {
	p := pki()
	return slices.SortedFunc(slices.Values([][]byte{
		p.root.cert.Raw, p.issuing.cert.Raw, p.signers["rsa"].cert.Raw,
	}), bytes.Compare)
}

func TestMarshalCertsOnly(t *testing.T) {
	sorted := threeCertificates()
	want := certsOnly(sorted...)
	a, b, c := sorted[0], sorted[1], sorted[2]
	for _, in := range [][][]byte{{a, b, c}, {c, b, a}, {b, c, a}, {b, b, c, a, b}} {
		given := slices.Clone(in)
		got, err := MarshalCertsOnly(in)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("MarshalCertsOnly = % x, %v; want % x", got, err, want)
		}
		if !slices.EqualFunc(in, given, bytes.Equal) {
			t.Error("the caller's slice was sorted")
		}
	}
	if again, err := ToDER(want); err != nil || &again[0] != &want[0] {
		t.Errorf("not DER: %v", err)
	}
	read, err := CertsOnly(want)
	if err != nil || !slices.EqualFunc(read, sorted, bytes.Equal) {
		t.Errorf("CertsOnly reads %d certificates, %v", len(read), err)
	}
	if _, err := Parse(want); !errors.Is(err, ErrSigners) {
		t.Errorf("Parse takes it for a signed message: %v", err)
	}
}

// TestMarshalCertsOnlyStructure lets encoding/asn1 judge every field of RFC 5652
// section 5.1.
func TestMarshalCertsOnlyStructure(t *testing.T) {
	type contentInfo struct{ ContentType asn1.ObjectIdentifier }
	var info struct {
		ContentType asn1.ObjectIdentifier
		SignedData  struct {
			Version          int
			DigestAlgorithms []asn1.RawValue `asn1:"set"`
			Content          contentInfo
			Certificates     []asn1.RawValue `asn1:"tag:0,set"`
			SignerInfos      []asn1.RawValue `asn1:"set"`
		} `asn1:"explicit,tag:0"`
	}
	der, err := MarshalCertsOnly(threeCertificates())
	if err != nil {
		t.Fatal(err)
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 {
		t.Fatalf("%v, %d bytes over", err, len(rest))
	}
	sd := info.SignedData
	if info.ContentType.String() != "1.2.840.113549.1.7.2" || sd.Content.ContentType.String() != "1.2.840.113549.1.7.1" {
		t.Errorf("content types are %v and %v", info.ContentType, sd.Content.ContentType)
	}
	if sd.Version != 1 || len(sd.DigestAlgorithms) != 0 || len(sd.SignerInfos) != 0 || len(sd.Certificates) != 3 {
		t.Errorf("version %d, %d digests, %d signers, %d certificates; want 1, 0, 0, 3",
			sd.Version, len(sd.DigestAlgorithms), len(sd.SignerInfos), len(sd.Certificates))
	}
}

func TestMarshalCertsOnlyRefuses(t *testing.T) {
	root := pki().root.cert.Raw
	for _, tt := range []struct {
		name string
		in   [][]byte
		want error
	}{
		{"none", nil, ErrCertificate},
		{"an empty one", [][]byte{root, {}}, ErrCertificate},
		{"a byte more", [][]byte{append(bytes.Clone(root), 0)}, ErrCertificate},
		{"a byte less", [][]byte{root[:len(root)-1]}, ErrCertificate},
		{"two in one", [][]byte{append(bytes.Clone(root), root...)}, ErrCertificate},
		{"PEM", [][]byte{pemOf(pki().root.cert)}, ErrCertificate},
		{"another tag", [][]byte{unhex("04 01 00")}, ErrCertificate},
		{"indefinite length", [][]byte{unhex("30 80 05 00 00 00")}, ErrCertificate},
		{"larger than a file may be", [][]byte{der(0x30, make([]byte, MaxSize))}, ErrTooLarge},
	} {
		if _, err := MarshalCertsOnly(tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestOpenSSLReadsCertsOnly lets openssl print a bundle and compares what came out.
func TestOpenSSLReadsCertsOnly(t *testing.T) {
	w := newWorkshop(t, "openssl")
	sorted := threeCertificates()
	for _, in := range [][][]byte{sorted, sorted[:1]} {
		bundle, err := MarshalCertsOnly(in)
		if err != nil {
			t.Fatal(err)
		}
		w.write("bundle.p7b", bundle)
		cmd := exec.Command("openssl", "pkcs7", "-inform", "DER", "-print_certs", "-in", "bundle.p7b")
		cmd.Dir = w.dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("openssl: %v\n%s", err, out)
		}
		var printed [][]byte
		for block, rest := pem.Decode(out); block != nil; block, rest = pem.Decode(rest) {
			if _, err := x509.ParseCertificate(block.Bytes); err != nil {
				t.Error(err)
			}
			printed = append(printed, block.Bytes)
		}
		if !slices.EqualFunc(printed, in, bytes.Equal) {
			t.Errorf("openssl prints %d certificates or other ones, want %d:\n%s", len(printed), len(in), out)
		}
	}
}
