#!/usr/bin/env bash
# Makes every sample in this folder from the keys in ../keys, then reads each
# one back with the tools that claim to read it, and writes index.json and
# README.md from what they say.
#
#	./make.sh
#
# The samples in git were made once; run this only to add one or to see where
# one comes from. Certificates come out byte for byte the same; whatever holds
# a random salt does not. A tool of another version may choose other
# algorithms: look at `git diff index.json` afterwards.
#
# Needed: openssl 3.0 or newer with its legacy provider, keytool (JDK 17),
# pk12util and certutil (NSS), python3, go with its module proxy or cache.
set -euo pipefail
cd "$(dirname "$0")"
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1
umask 022

work=work
rm -rf "$work"
mkdir -p "$work/records"
trap 'rm -rf "$work"' EXIT

pw='correct horse'
count=0

# sample FILE EXPECT PASSWORD TOOL SPECIAL, with the commands on standard input:
# runs them, and keeps all of it for index.json and README.md.
sample() {
	local commands
	commands=$(cat)
	echo "$1"
	rm -f "$1"
	bash -euo pipefail -c "$commands" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		echo "make.sh: $1 could not be made" >&2
		exit 1
	}
	count=$((count + 1))
	printf '%s\n' "$1" "$2" "$3" "$4" "$5" "$commands" >"$work/records/$(printf %03d $count)"
}

# --- Certificates -----------------------------------------------------------
#
# `openssl ca` rather than `openssl x509 -req`: before OpenSSL 3.4 only it takes
# a notBefore.

: >"$work/index.txt"

# certificate FILE NAME SECTION KEY SERIAL ISSUER-OPTIONS SPECIAL
certificate() {
	sample "$1" certificate '' openssl "$7" <<-EOF
		echo $5 > work/serial
		openssl req -new -config tools/openssl.cnf -key ../keys/$4.pem -subj '/CN=$2' -out work/csr.pem
		openssl ca -batch -notext -config tools/openssl.cnf -extfile tools/openssl.cnf -extensions $3 -startdate 20260101000000Z -enddate 20360101000000Z $6 -in work/csr.pem -out $1
	EOF
}
by_issuing='-cert issuing-ca.pem -keyfile ../keys/issuing-rsa2048.pem'

certificate root-ca.pem 'Contoso Test Root' root root-rsa2048 1001 \
	'-selfsign -keyfile ../keys/root-rsa2048.pem' 'the root; SKI, basicConstraints CA, keyCertSign and cRLSign; no AKI'
certificate issuing-ca.pem 'Contoso Test Issuing CA' issuing issuing-rsa2048 1002 \
	'-cert root-ca.pem -keyfile ../keys/root-rsa2048.pem' 'the issuing CA; SKI, AKI, pathlen 0, keyCertSign and cRLSign'
certificate alice.crt 'Alice Example' alice alice-rsa2048 2001 "$by_issuing" \
	'leaf, RSA 2048; SAN with UPN and rfc822Name, clientAuth, CDP; the file is PEM'
certificate bob.crt 'Bob Example' bob bob-p256 2002 "$by_issuing" 'leaf, P-256; the file is PEM'
certificate dave.crt 'Dave Example' dave dave-ed25519 2003 "$by_issuing" 'leaf, Ed25519; the file is PEM'

sample alice.der certificate '' openssl 'alice.crt in DER' <<'EOF'
openssl x509 -in alice.crt -outform DER -out alice.der
EOF
sample chain.pem chain '' openssl 'issuing CA, then root' <<'EOF'
cat issuing-ca.pem root-ca.pem > chain.pem
EOF
sample chain.p7b chain '' openssl 'certs-only CMS in DER: leaf, issuing CA and root, unsorted although a DER SET is sorted' <<'EOF'
openssl crl2pkcs7 -nocrl -certfile alice.crt -certfile issuing-ca.pem -certfile root-ca.pem -outform DER -out chain.p7b
EOF
sample chain-pem.p7b chain '' openssl 'the same in PEM, label PKCS7' <<'EOF'
openssl crl2pkcs7 -nocrl -certfile alice.crt -certfile issuing-ca.pem -certfile root-ca.pem -out chain-pem.p7b
EOF

# --- PKCS#12 by OpenSSL -----------------------------------------------------

# alice FILE EXPECT PASSWORD SPECIAL OPTIONS: Alice with her chain.
alice() {
	sample "$1" "$2" "$3" openssl "$4" <<-EOF
		openssl pkcs12 -export -inkey ../keys/alice-rsa2048.pem -in alice.crt -certfile chain.pem $5 -passout 'pass:$3' -out $1
	EOF
}

alice openssl-modern.p12 identity "$pw" 'what OpenSSL 3 writes by default; no friendlyName' ''
sample openssl-modern-nochain.p12 identity "$pw" openssl 'the leaf alone' <<'EOF'
openssl pkcs12 -export -inkey ../keys/alice-rsa2048.pem -in alice.crt -passout 'pass:correct horse' -out openssl-modern-nochain.p12
EOF
alice openssl-legacy.p12 identity "$pw" 'what OpenSSL 1 wrote by default: RC2-40 certificates, 3DES key, SHA-1 MAC' '-legacy'
alice openssl-3des.p12 identity "$pw" '3DES throughout, SHA-1 MAC, friendlyName: what every phone opens' '-legacy -descert -name eas-alice'
alice openssl-aes128-sha512mac.p12 identity "$pw" 'AES-128 throughout, SHA-512 MAC' \
	'-keypbe AES-128-CBC -certpbe AES-128-CBC -macalg sha512'
alice openssl-aes256-sha512mac.p12 identity "$pw" 'AES-256 with a SHA-512 MAC' '-macalg sha512'
alice openssl-aes256-sha1mac.p12 identity "$pw" 'AES-256 with a SHA-1 MAC: half of the advice on old phones followed' '-macalg sha1'
alice openssl-rc2-128.p12 identity "$pw" 'RC2-128 throughout, SHA-1 MAC' \
	'-legacy -keypbe PBE-SHA1-RC2-128 -certpbe PBE-SHA1-RC2-128'
alice openssl-rc4.p12 unsupported "$pw" 'an identity under RC4-128, SHA-1 MAC' \
	'-legacy -keypbe PBE-SHA1-RC4-128 -certpbe PBE-SHA1-RC4-128'
alice openssl-nomac.p12 unsupported "$pw" 'an identity without a MAC: nothing tells a damaged file; -nomac also leaves the certificates in the clear' '-nomac'
sample openssl-nokey.p12 no-key "$pw" openssl 'certificates only' <<'EOF'
openssl pkcs12 -export -nokeys -in alice.crt -certfile chain.pem -passout 'pass:correct horse' -out openssl-nokey.p12
EOF
alice openssl-plainkey.p12 identity "$pw" 'the key in the clear, in a keyBag' '-keypbe NONE'
alice openssl-nocertenc.p12 identity "$pw" 'the certificates in the clear' '-certpbe NONE'
alice openssl-emptypass.p12 identity '' 'the empty password (two zero bytes for the KDF, not none)' ''
alice openssl-utf8pass.p12 identity 'pässwörd' 'a password beyond ASCII: UTF-8 for PBKDF2, UTF-16 for the MAC; under its "password was incorrect" keytool hides "Password is not ASCII"' ''
alice openssl-manyiter.p12 identity "$pw" '100,000 iterations everywhere: slow, and honest' '-iter 100000'
sample openssl-hugeiter.p12 iterations "$pw" 'openssl, tools/patch.py' \
	'openssl-modern.p12 whose MAC says 2,000,000,000 iterations (INTEGER 02 02 08 00 made 02 04 77 35 94 00, lengths around it mended): hours of work before the password is known to be wrong' <<'EOF'
python3 tools/patch.py mac-iterations 2000000000 openssl-modern.p12 openssl-hugeiter.p12
EOF
sample openssl-hugekdf.p12 iterations "$pw" 'openssl, tools/patch.py' \
	'openssl-modern.p12 whose MAC is right and whose key bag says 2,000,000,000 PBKDF2 iterations' <<'EOF'
python3 tools/patch.py key-iterations 2000000000 'correct horse' openssl-modern.p12 openssl-hugekdf.p12
EOF
sample openssl-ec.p12 identity "$pw" openssl 'Bob: a P-256 key' <<'EOF'
openssl pkcs12 -export -inkey ../keys/bob-p256.pem -in bob.crt -certfile chain.pem -name eas-bob -passout 'pass:correct horse' -out openssl-ec.p12
EOF
sample openssl-ed25519.p12 identity "$pw" openssl 'Dave: an Ed25519 key' <<'EOF'
openssl pkcs12 -export -inkey ../keys/dave-ed25519.pem -in dave.crt -certfile chain.pem -name eas-dave -passout 'pass:correct horse' -out openssl-ed25519.p12
EOF
alice openssl-dotname.p12 identity "$pw" 'a friendlyName with dots in it' '-name alice@contoso.com'
alice openssl-caname.p12 identity "$pw" 'the issuing CA has the friendlyName of the leaf' '-name eas-alice -caname eas-alice'
alice openssl-csp.p12 identity "$pw" 'the attributes that Windows writes, but written by OpenSSL: key container name, CSP name, local machine, key exchange' \
	"-name '{7D3A1C58-0F5E-4B5B-9C39-7E1B2A64D0A1}' -CSP 'Microsoft Software Key Storage Provider' -LMK -keyex"
sample chainfirst.p12 identity "$pw" 'openssl, tools/patch.py' \
	'openssl-modern.p12 with its certificate bags in reverse order: root, issuing CA, leaf; decrypted, turned round and encrypted under the same key, MAC made again' <<'EOF'
python3 tools/patch.py reverse-certs 'correct horse' openssl-modern.p12 chainfirst.p12
EOF
sample truncated.p12 truncated "$pw" 'openssl, head' 'the first half of openssl-modern.p12' <<'EOF'
head -c $(($(wc -c < openssl-modern.p12) / 2)) openssl-modern.p12 > truncated.p12
EOF

# --- Key stores by keytool --------------------------------------------------

# keystore FILE EXPECT SPECIAL OPTIONS: Alice and her chain, out of openssl-3des.p12.
keystore() {
	sample "$1" "$2" "$pw" keytool "$3" <<-EOF
		keytool -importkeystore -noprompt -srckeystore openssl-3des.p12 -srcstoretype PKCS12 -srcstorepass 'correct horse' -destkeystore $1 -deststorepass 'correct horse' $4
	EOF
}

keystore keytool-default.p12 identity 'what Java 17 writes by default' '-deststoretype PKCS12'
keystore keytool-legacy.p12 identity 'what older Java wrote: RC2-40 certificates, 3DES key, SHA-1 MAC' \
	'-deststoretype PKCS12 -J-Dkeystore.pkcs12.legacy'
keystore keytool-aes128-sha1prf.p12 identity 'PBES2 with AES-128, SHA-1 MAC, and HMAC-SHA-1 as the PRF, written out although it is the default' \
	'-deststoretype PKCS12 -J-Dkeystore.pkcs12.keyProtectionAlgorithm=PBEWithHmacSHA1AndAES_128 -J-Dkeystore.pkcs12.certProtectionAlgorithm=PBEWithHmacSHA1AndAES_128 -J-Dkeystore.pkcs12.macAlgorithm=HmacPBESHA1'
keystore keytool.jks not-pkcs12:jks 'a Java key store, handed over by mistake' '-deststoretype JKS'
keystore keytool.jceks not-pkcs12:jks 'the other Java key store (magic cececece, not feedfeed)' '-deststoretype JCEKS'
sample keytool-truststore.p12 no-key "$pw" keytool "Java's trust store: certificates marked with Oracle's trustedKeyUsage, no key" <<'EOF'
keytool -importcert -noprompt -alias root -file root-ca.pem -keystore keytool-truststore.p12 -storetype PKCS12 -storepass 'correct horse'
keytool -importcert -noprompt -alias issuing -file issuing-ca.pem -keystore keytool-truststore.p12 -storetype PKCS12 -storepass 'correct horse'
EOF
sample two-identities.p12 two-identities "$pw" keytool 'Alice and Bob in one store; each brings its chain, so both CAs are there twice' <<'EOF'
keytool -importkeystore -noprompt -srckeystore openssl-3des.p12 -srcstoretype PKCS12 -srcstorepass 'correct horse' -destkeystore two-identities.p12 -deststoretype PKCS12 -deststorepass 'correct horse'
keytool -importkeystore -noprompt -srckeystore openssl-ec.p12 -srcstoretype PKCS12 -srcstorepass 'correct horse' -destkeystore two-identities.p12 -deststoretype PKCS12 -deststorepass 'correct horse'
EOF

# --- PKCS#12 by NSS ---------------------------------------------------------

# nss FILE SPECIAL OPTIONS: Alice and her chain, out of a data base that read openssl-3des.p12.
nss() {
	sample "$1" identity "$pw" pk12util "$2" <<-EOF
		rm -rf work/nss && mkdir work/nss
		certutil -N --empty-password -d sql:work/nss
		pk12util -i openssl-3des.p12 -d sql:work/nss -W 'correct horse'
		pk12util -o $1 -n eas-alice -d sql:work/nss -W 'correct horse' $3
	EOF
}

nss nss-default.p12 'what NSS (Firefox, Thunderbird) writes by default: BER, 600,000 iterations, the leaf last, an AES-256 key under AES-128 certificates, a PRF without NULL' ''
nss nss-3des.p12 '3DES throughout: BER, 600,000 iterations, the leaf last' '-c DES-EDE3-CBC -C DES-EDE3-CBC -M SHA-1'

# --- PKCS#12 by go-pkcs12 ---------------------------------------------------

echo 'go-pkcs12'
mkdir "$work/gopkcs12"
cp tools/gopkcs12.go "$work/gopkcs12/main.go"
(
	cd "$work/gopkcs12"
	export GOWORK=off GOFLAGS=-mod=mod
	go mod init gopkcs12
	go get software.sslmate.com/src/go-pkcs12@v0.7.4
	go build -o gopkcs12 .
) >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	exit 1
}

# gopkcs12 FILE ENCODER SPECIAL
gopkcs12() {
	sample "$1" identity "$pw" 'go-pkcs12' "$3" <<-EOF
		work/gopkcs12/gopkcs12 write $2 'correct horse' ../keys/alice-rsa2048.pem alice.crt chain.pem $1
	EOF
}

gopkcs12 gopkcs12-legacydes.p12 LegacyDES '3DES throughout, SHA-1 MAC of one iteration; no friendlyName'
gopkcs12 gopkcs12-modern2023.p12 Modern2023 'AES-256, SHA-256 MAC; the PRF carries its NULL, as Apple requires'
gopkcs12 pbmac1.p12 Modern2026 'MAC by PBMAC1 (RFC 9579); OpenSSL reads it from 3.4 on, Java from 26, no iPhone'

# --- PEM and bare keys ------------------------------------------------------

# keypem FILE SPECIAL PASSWORD COMMAND: what COMMAND prints, then Alice's certificates.
keypem() {
	sample "$1" identity "$3" openssl "$2" <<-EOF
		$4 -out work/key.pem
		cat work/key.pem alice.crt chain.pem > $1
	EOF
}
alice_key='-in ../keys/alice-rsa2048.pem'

sample alice-pkcs8.pem identity '' openssl 'certificate, key (PRIVATE KEY), chain, in that order' <<'EOF'
openssl pkcs8 -topk8 -nocrypt -in ../keys/alice-rsa2048.pem -out work/key.pem
cat alice.crt work/key.pem chain.pem > alice-pkcs8.pem
EOF
keypem alice-pkcs1.pem 'traditional RSA PRIVATE KEY' '' "openssl rsa $alice_key -traditional"
sample bob-sec1.pem identity '' openssl 'EC PRIVATE KEY' <<'EOF'
openssl ec -in ../keys/bob-p256.pem -out work/key.pem
cat work/key.pem bob.crt chain.pem > bob-sec1.pem
EOF
sample bob-sec1-params.pem identity '' openssl 'EC PARAMETERS before the key, as openssl ecparam -genkey leaves it' <<'EOF'
openssl ecparam -name prime256v1 -out work/params.pem
openssl ec -in ../keys/bob-p256.pem -out work/key.pem
cat work/params.pem work/key.pem bob.crt chain.pem > bob-sec1-params.pem
EOF
keypem alice-enc-pbes2.pem 'ENCRYPTED PRIVATE KEY: PBES2, AES-256' "$pw" \
	"openssl pkcs8 -topk8 $alice_key -v2 aes-256-cbc -passout 'pass:$pw'"
keypem alice-enc-sha1prf.pem 'ENCRYPTED PRIVATE KEY: PBES2, AES-256, PRF left out, which means HMAC-SHA-1' "$pw" \
	"openssl pkcs8 -topk8 $alice_key -v2 aes-256-cbc -v2prf hmacWithSHA1 -passout 'pass:$pw'"
keypem alice-enc-des3.pem 'ENCRYPTED PRIVATE KEY: the PKCS#12 scheme with 3DES' "$pw" \
	"openssl pkcs8 -topk8 $alice_key -v1 PBE-SHA1-3DES -passout 'pass:$pw'"
keypem alice-enc-scrypt.pem 'ENCRYPTED PRIVATE KEY: PBES2 with scrypt, N 16384' "$pw" \
	"openssl pkcs8 -topk8 $alice_key -scrypt -passout 'pass:$pw'"
keypem alice-proctype.pem 'traditional encrypted RSA PRIVATE KEY (Proc-Type: 4,ENCRYPTED), AES-256 under one round of MD5' "$pw" \
	"openssl rsa $alice_key -traditional -aes256 -passout 'pass:$pw'"
sample alice-bagattrs.pem identity '' openssl 'what openssl pkcs12 -nodes prints: Bag Attributes, subject and issuer between the blocks' <<'EOF'
openssl pkcs12 -in openssl-3des.p12 -legacy -nodes -passin 'pass:correct horse' -out alice-bagattrs.pem
EOF
sample alice-key.der key '' openssl 'the key alone, PKCS#8 in DER' <<'EOF'
openssl pkcs8 -topk8 -nocrypt -in ../keys/alice-rsa2048.pem -outform DER -out alice-key.der
EOF

find . -maxdepth 1 -type f ! -name make.sh -exec chmod 644 {} +
python3 tools/index.py "$work"
