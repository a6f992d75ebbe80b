#!/usr/bin/env bash
# Makes the profiles in this folder from tools/shapes and tools/table.py, and
# index.json with what a check has to find in each.
#
#	./make.sh
#
# Run it after a change of shapes or table. Signatures hold the time, and the
# identities made here a salt, so that files with those are new each time: take back
# those that did not change.
#
# Needed: openssl 3.0 or newer with its legacy provider, certutil, pk12util and
# cmsutil (NSS), python3.
set -euo pipefail
cd "$(dirname "$0")"
export LC_ALL=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1
umask 022

work=work
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
rm -f ./*.mobileconfig

keys=../keys foreign=../foreign
pw='pass:correct horse'

# --- Identities that ../foreign does not have --------------------------------

openssl pkcs12 -export -legacy -descert -inkey $keys/bob-p256.pem -in $foreign/bob.crt -passout "$pw" -out $work/bob-3des.p12
openssl x509 -in $foreign/alice.crt -outform DER -out $work/alice.der
openssl x509 -in $foreign/issuing-ca.pem -outform DER -out $work/issuing.der
cat $foreign/issuing-ca.pem $foreign/root-ca.pem >$work/two.pem

# shrouded PRF: Alice's key under AES-256, its key derived with PRF
shrouded() {
	openssl pkcs8 -topk8 -in $keys/alice-rsa2048.pem -v2 aes-256-cbc -v2prf "$1" -passout "$pw" -outform DER -out "$work/$1.p8"
}
shrouded hmacWithSHA256
shrouded hmacWithSHA512
openssl pkcs8 -topk8 -in $keys/alice-rsa2048.pem -v1 PBE-SHA1-3DES -provider legacy -provider default -passout "$pw" -outform DER -out $work/3des.p8
python3 tools/p12.py 'correct horse' $work/hmacWithSHA512.p8 $work/prf-sha512.p12 $work/alice.der --sha256
python3 tools/p12.py 'correct horse' $work/hmacWithSHA256.p8 $work/prf-no-null.p12 $work/alice.der --sha256 --no-null
python3 tools/p12.py 'correct horse' $work/3des.p8 $work/unpaired.p12 $work/alice.der $work/issuing.der --no-attributes
python3 tools/p12.py 'correct horse' $work/3des.p8 $work/one-name.p12 $work/alice.der $work/issuing.der --one-name
for p12 in prf-sha512 unpaired one-name; do
	openssl pkcs12 -in $work/$p12.p12 -passin "$pw" -nodes -legacy -out /dev/null
done

# --- Signers ------------------------------------------------------------------

: >$work/index.txt

# signer NAME CN FROM UNTIL: a certificate by the issuing CA
signer() {
	printf "30%02d\n" "$(wc -l <$work/index.txt)" >$work/serial
	openssl req -new -config tools/openssl.cnf -key $keys/signer-rsa2048.pem -subj "/CN=$2" -out $work/csr.pem
	openssl ca -batch -notext -config tools/openssl.cnf -extfile tools/openssl.cnf -extensions signer -startdate "$3" -enddate "$4" \
		-cert $foreign/issuing-ca.pem -keyfile $keys/issuing-rsa2048.pem -in $work/csr.pem -out "$work/$1.crt" 2>$work/log
}
signer good 'Contoso Profile Signing' 20260101000000Z 20360101000000Z
signer soon 'Contoso Profile Signing 2026' 20260101000000Z 20261220000000Z
signer expired 'Contoso Profile Signing 2025' 20260101000000Z 20260601000000Z
echo 4001 >$work/serial
openssl req -new -config tools/openssl.cnf -key $keys/signer-rsa2048.pem -subj '/CN=Help desk' -out $work/csr.pem
openssl ca -batch -notext -config tools/openssl.cnf -extfile tools/openssl.cnf -extensions alone -startdate 20260101000000Z -enddate 20360101000000Z \
	-selfsign -keyfile $keys/signer-rsa2048.pem -in $work/csr.pem -out $work/self.crt 2>$work/log

# --- Plain profiles -----------------------------------------------------------

openssl cms -encrypt -binary -aes256 -outform DER -in $foreign/README.md -out $work/envelope.der $foreign/alice.crt
python3 tools/profiles.py xml

# --- Signed ones --------------------------------------------------------------

# sign FILE SIGNER OPTION...: work/FILE with its content inside, in DER
sign() {
	local file=$1 by=$2
	shift 2
	openssl cms -sign -binary -nodetach -outform DER -signer "$work/$by.crt" -inkey $keys/signer-rsa2048.pem -in "$work/$file" -out "$file" "$@"
}
chain=(-md sha256 -certfile $foreign/issuing-ca.pem)
sign signed.mobileconfig good "${chain[@]}"
sign signed-stream.mobileconfig good "${chain[@]}" -stream
sign signed-soon.mobileconfig soon "${chain[@]}"
sign signed-expired.mobileconfig expired "${chain[@]}"
sign signed-self.mobileconfig self -md sha256
sign signed-no-intermediate.mobileconfig good -md sha256
sign signed-sha1.mobileconfig good -md sha1 -certfile $foreign/issuing-ca.pem
sign signed-tampered.mobileconfig good "${chain[@]}"
python3 - <<-'PYTHON'
	data = open("signed-tampered.mobileconfig", "rb").read()
	assert data.count(b"alice@contoso.com") == 2
	open("signed-tampered.mobileconfig", "wb").write(data.replace(b"alice@contoso.com", b"mally@contoso.com"))
PYTHON
sign signed-for-intune.mobileconfig good "${chain[@]}"
openssl cms -sign -binary -outform DER -signer $work/good.crt -inkey $keys/signer-rsa2048.pem -in $work/signed-detached.mobileconfig -out signed-detached.mobileconfig "${chain[@]}"

# NSS signs with what is in its database, and writes BER
mkdir $work/nss
certutil -N -d $work/nss --empty-password
openssl pkcs12 -export -inkey $keys/signer-rsa2048.pem -in $work/good.crt -certfile $foreign/issuing-ca.pem -name signer -passout 'pass:nss' -out $work/nss.p12
certutil -A -d $work/nss -n root -t CT,C,C -a -i $foreign/root-ca.pem
pk12util -d $work/nss -i $work/nss.p12 -W nss >/dev/null
cmsutil -S -d $work/nss -N signer -H SHA256 -G -i $work/signed-nss.mobileconfig -o signed-nss.mobileconfig

# --- Binary ones --------------------------------------------------------------

for name in binary binary-intune; do
	python3 -c 'import plistlib, sys
with open(sys.argv[1], "rb") as f: value = plistlib.load(f)
with open(sys.argv[2], "wb") as f: plistlib.dump(value, f, fmt=plistlib.FMT_BINARY)' $work/$name.mobileconfig $name.mobileconfig
done

python3 tools/profiles.py index
