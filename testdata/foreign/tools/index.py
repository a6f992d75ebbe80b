"""Reads the samples back and writes index.json and the table of README.md.

    index.py WORK    WORK is make.sh's folder: records/, gopkcs12/

What index.json says of a PKCS#12 file is what `openssl pkcs12 -info` prints.
Read off the file itself are the encoding, prfNull, and PBMAC1, which OpenSSL
3.0 does not know.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import patch

TIMEOUT = 10  # seconds for a tool to read one file; honest files need under two

MAC_NAMES = {"sha1": "SHA-1", "sha256": "SHA-256", "sha512": "SHA-512"}
SAFE_LINES = {"PKCS7 Data": "data", "PKCS7 Encrypted data": "encryptedData"}
BAG_LINES = {
    "Certificate bag": "certBag",
    "Key bag": "keyBag",
    "Shrouded Keybag": "pkcs8ShroudedKeyBag",
}


def run(command):
    """Returns (status, stdout, stderr); a status of None means it took too long."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired as e:
        return None, text(e.stdout), text(e.stderr)
    return done.returncode, text(done.stdout), text(done.stderr)


def text(raw):
    return (raw or b"").decode("utf-8", "replace")


# --- what a PKCS#12 file holds ------------------------------------------------


def algorithm(words):
    """Turns OpenSSL's line into our words and the iteration count."""
    parts = [w.strip() for w in words.split(",")]
    count = next((int(w.split()[1]) for w in parts if w.startswith("Iteration")), 0)
    if parts[0] != "PBES2":
        return parts[0], count
    prf = next(w.split()[1] for w in parts if w.startswith("PRF"))
    return f"PBES2 {parts[2]} / {prf.replace('hmacWith', 'hmac')}", count


def pkcs12_details(name, password):
    options = ["-legacy", "-nodes", "-nomacver"]
    if name == "openssl-hugekdf.p12":
        options.append("-nokeys")
    command = ["openssl", "pkcs12", "-in", name, "-info", *options, "-passin", "pass:" + password]
    status, out, info = run(command)
    if status != 0:
        return {}
    details = {"encoding": encoding(name), "mac": "none"} | structure(info)
    if "PBES2" in details.get("keyBag", "") + details["certBag"]:
        details["prfNull"] = prf_null(name, details["encoding"])
    if details["mac"] == "PBMAC1":
        details |= pbmac1(name)
    keys, certificates = bags(out)
    if keys and keys[0].get("friendlyName"):
        details["friendlyName"] = keys[0]["friendlyName"]
    leaf = next((c["subject"] for c in certificates if keys and c.get("localKeyID") == keys[0]["localKeyID"]), "")
    if leaf:
        details["leaf"] = leaf
    return details | {"keys": keys, "certificates": certificates}


def encoding(name):
    with open(name, "rb") as f:
        return "BER" if f.read(2)[1] == 0x80 else "DER"


def prf_null(name, form):
    """Whether the PRF of every bag's PBKDF2 carries the NULL that Apple's decoder wants."""
    with open(name, "rb") as f:
        raw = f.read()
    if form == "DER":
        raw = patch.auth_safe(patch.parse(raw)).content
    parameters = re.findall(rb"\x30(.)\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02[\x07-\x0b]", raw, re.DOTALL)
    return all(length == b"\x0c" for length in parameters)


def structure(info):
    details, safes = {}, []
    for line in info.splitlines():
        head, _, rest = line.partition(": ")
        if head == "MAC" and "Iteration" in rest:
            mac, count = algorithm(rest)
            details |= {"mac": MAC_NAMES.get(mac, mac), "macIterations": count}
        elif head in SAFE_LINES:
            safes.append({"type": SAFE_LINES[head], "bags": []})
            scheme = algorithm(rest) if rest else ("clear", 0)
        elif head in BAG_LINES:
            bag = BAG_LINES[head]
            safes[-1]["bags"].append(bag)
            kind = "cert" if bag == "certBag" else "key"
            details[kind + "Bag"], count = algorithm(rest) if rest else scheme
            if count:
                details[kind + "Iterations"] = count
    return details | {"safes": safes}


def pbmac1(name):
    kdf, mac = patch.mac_data(patch.load(name))[0][0][1].content
    salt, count, length, prf = kdf[1].content
    assert prf[0].content == mac[0].content == bytes.fromhex("2a864886f70d0209")
    return {"mac": "PBMAC1 hmacSHA256 / hmacSHA256", "macIterations": patch.number(count)}


def bags(out):
    """Sorts the bags that OpenSSL prints into keys and certificates, in their order."""
    keys, certificates, bag = [], [], {}
    for line in out.splitlines():
        attribute = re.fullmatch(r"    (\S[^:]*): ?(.*)", line)
        if line.startswith("Bag Attributes"):
            bag = {}
        elif line.startswith("subject="):
            bag["subject"] = distinguished_name(line)
        elif line == "-----BEGIN CERTIFICATE-----":
            certificates.append(bag)
        elif line == "-----BEGIN PRIVATE KEY-----":
            keys.append(bag)
        elif attribute:
            bag[attribute[1]] = attribute[2].strip()
            if attribute[1] == "localKeyID":
                bag["localKeyID"] = attribute[2].replace(" ", "").lower()
    return keys, certificates


def distinguished_name(line):
    return line.partition("=")[2].strip().replace(" = ", "=")


# --- what other files hold ----------------------------------------------------


def certificate_details(name):
    command = ["openssl", "x509", "-in", name, "-noout", "-subject", "-issuer", "-serial", "-dates"]
    _, out, _ = run(command + ["-fingerprint", "-sha256"])
    lines = dict(line.split("=", 1) for line in out.splitlines())
    return {
        "subject": distinguished_name("=" + lines["subject"]),
        "issuer": distinguished_name("=" + lines["issuer"]),
        "serial": lines["serial"],
        "notBefore": lines["notBefore"],
        "notAfter": lines["notAfter"],
        "sha256": lines["sha256 Fingerprint"].replace(":", "").lower(),
    }


def chain_details(name):
    if name.endswith(".p7b"):
        form = "PEM" if "pem" in name else "DER"
        _, pem, _ = run(["openssl", "pkcs7", "-in", name, "-inform", form, "-print_certs"])
        return {"encoding": form, "subjects": re.findall(r"subject=(.*)", pem.replace(" = ", "="))}
    return {"encoding": "PEM", "subjects": subjects(name)}


def pem_details(name):
    with open(name) as f:
        body = f.read()
    details = {"encoding": "PEM", "blocks": re.findall(r"-----BEGIN (.*)-----", body)}
    dek = re.search(r"DEK-Info: ([^,]*)", body)
    encrypted = re.search(r"-----BEGIN ENCRYPTED PRIVATE KEY-----[^-]*-----END [^-]*-----\n", body)
    details["keyBag"] = "clear"
    if dek:
        details["keyBag"] = "Proc-Type " + dek[1]
    if encrypted:
        details |= encrypted_key(encrypted[0])
    return details | {"subjects": subjects(name)}


def subjects(name):
    _, out, _ = run(["openssl", "storeutl", "-noout", "-certs", "-text", name])
    return re.findall(r"Subject: (.*)", out.replace(" = ", "="))


def encrypted_key(pem):
    done = subprocess.run(["openssl", "asn1parse"], input=pem.encode(), capture_output=True, check=True)
    out = text(done.stdout)
    names = re.findall(r"OBJECT +:(\S+)", out)
    numbers = [int(n, 16) for n in re.findall(r"INTEGER +:(\S+)", out)]
    if names[0] != "PBES2":
        return {"keyBag": names[0], "keyIterations": numbers[0]}
    if "scrypt" in names[1]:
        return {"keyBag": f"PBES2 {names[2].upper()} / scrypt", "scrypt": {"N": numbers[0], "r": numbers[1], "p": numbers[2]}}
    # PBES2, PBKDF2, the PRF unless it is the default, the cipher
    prf = names[2].replace("hmacWith", "hmac") if len(names) == 4 else "hmacSHA1"
    return {"keyBag": f"PBES2 {names[-1].upper()} / {prf}", "keyIterations": numbers[0]}


def magic(name):
    with open(name, "rb") as f:
        return {"magic": f.read(4).hex()}


def details(record):
    name = record["file"]
    if name.endswith(".p12"):
        return pkcs12_details(name, record["password"])
    if record["expect"] == "certificate":
        return certificate_details(name)
    if record["expect"] == "chain":
        return chain_details(name)
    if record["expect"].startswith("not-pkcs12"):
        return magic(name)
    return pem_details(name) if name.endswith(".pem") else {"encoding": "DER"}


# --- who reads it -------------------------------------------------------------


def pkcs12_readers(name, password, work):
    """Opens the file, key and all, with each tool. Returns {tool: "" or why not}."""
    openssl = ["openssl", "pkcs12", "-in", name, "-nodes", "-passin", "pass:" + password]
    reasons = {"openssl": verdict(run(openssl + ["-out", "/dev/null"]))}
    if reasons["openssl"] and reasons["openssl"] != too_long():
        if run(openssl + ["-legacy", "-out", "/dev/null"])[0] == 0:
            del reasons["openssl"]
            reasons["openssl -legacy"] = ""
    reasons["keytool"] = keytool_reader(name, password, work)
    reasons["pk12util"] = nss_reader(name, password, work)
    reasons["go-pkcs12"] = go_reader(name, password, work)
    return reasons


def go_reader(name, password, work):
    result = run([work + "/gopkcs12/gopkcs12", "read", name, password])
    leaf = re.match(r"identity: (CN=Contoso.*) and", result[1])
    return f"takes {leaf[1]} for the leaf" if leaf else verdict(result)


def keytool_reader(name, password, work):
    target = work + "/read.jks"
    if os.path.exists(target):
        os.remove(target)
    command = ["keytool", "-importkeystore", "-noprompt", "-srckeystore", name, "-srcstorepass", password]
    result = run(command + ["-destkeystore", target, "-deststoretype", "JCEKS", "-deststorepass", "irrelevant"])
    count = re.search(r"(\d+) entries successfully imported, (\d+) entries failed", result[2])
    if result[0] == 0 and count and count[1] == "0" and count[2] == "0":
        return "sees no entry"
    return verdict(result)


def nss_reader(name, password, work):
    database = work + "/read"
    shutil.rmtree(database, ignore_errors=True)
    os.mkdir(database)
    run(["certutil", "-N", "--empty-password", "-d", "sql:" + database])
    return verdict(run(["pk12util", "-i", name, "-d", "sql:" + database, "-W", password]))


def verdict(result):
    status, out, err = result
    if status == 0:
        return ""
    if status is None:
        return too_long()
    lines = [line for line in (err + "\n" + out).splitlines() if line.strip()]
    return reason(next((line for line in lines if "error" in line.lower()), lines[0]))


def too_long():
    return f"not done after {TIMEOUT} s"


def reason(line):
    """Shortens a tool's error to its last clause."""
    fields = line.split(":")
    if len(fields) > 5 and fields[1] == "error":
        return fields[5] if not fields[5].startswith("..") else fields[4]
    line = re.sub(r"^(keytool error: |java\.\S+: |pk12util: |gopkcs12: |pkcs12: )+", "", line.strip())
    return line.strip(" .")


def pem_readers(record):
    name, key = record["file"], ["openssl", "pkey", "-noout", "-passin", "pass:" + record["password"], "-in"]
    command = {
        "identity": key + [name],
        "key": key + [name],
        "certificate": ["openssl", "x509", "-noout", "-in", name],
    }.get(record["expect"])
    if name.endswith(".p7b"):
        command = ["openssl", "pkcs7", "-noout", "-inform", "PEM" if "pem" in name else "DER", "-in", name]
    return {"openssl": verdict(run(command or ["openssl", "storeutl", "-noout", name]))}


def readers(record, work):
    if record["file"].endswith(".p12"):
        return pkcs12_readers(record["file"], record["password"], work)
    if record["expect"].startswith("not-pkcs12"):
        return pkcs12_readers(record["file"], record["password"], work)
    return pem_readers(record)


# --- output -------------------------------------------------------------------


def records(work):
    for name in sorted(os.listdir(work + "/records")):
        with open(f"{work}/records/{name}") as f:
            fields = f.read().rstrip("\n").split("\n", 5)
        yield dict(zip(("file", "expect", "password", "tool", "special", "commands"), fields))


def versions():
    java = run(["java", "-version"])[2]
    nss = run(["dpkg-query", "-W", "-f", "${Version}", "libnss3-tools"])[1]
    return {
        "openssl": run(["openssl", "version"])[1].split()[1],
        "keytool": re.search(r'version "(.*?)"', java)[1],
        "pk12util": re.sub(r"^\d+:|-.*", "", nss) or "unknown",
        "go-pkcs12": "v0.7.4",
    }


def with_version(tool, known):
    return ", ".join(f"{t} {known[t]}" if t in known else t for t in tool.split(", "))


def entry(record, work, known):
    reads = readers(record, work)
    made = {
        "file": record["file"],
        "password": record["password"],
        "tool": with_version(record["tool"], known),
        "expect": record["expect"],
        "details": details(record),
        "readBy": [tool for tool, why in reads.items() if not why],
    }
    refused = {tool: why for tool, why in reads.items() if why}
    return made | ({"refusedBy": refused} if refused else {})


def row(record, made):
    password = f"`{record['password']}`" if record["password"] else "none"
    if record["file"] == "openssl-emptypass.p12":
        password = "empty"
    reads = ", ".join(made["readBy"]) or "none"
    refused = "; ".join(f"{tool}: {why}" for tool, why in made.get("refusedBy", {}).items())
    commands = "<br>".join(f"`{line}`" for line in record["commands"].splitlines())
    cells = [f"`{made['file']}`", record["special"], made["expect"], password, made["tool"], reads, refused, commands]
    return "| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |"


def write_table(rows):
    head = "| file | what is special | expect | password | made by | read by | refused by | command |"
    table = "\n".join([head, "|" + "---|" * 8, *rows])
    with open("README.md") as f:
        before, _, rest = f.read().partition("<!-- table -->\n")
    after = rest.partition("<!-- /table -->")[2]
    with open("README.md", "w") as f:
        f.write(f"{before}<!-- table -->\n{table}\n<!-- /table -->{after}")


def main(work):
    known = versions()
    entries, rows = [], []
    for record in records(work):
        print("reading", record["file"], flush=True)
        made = entry(record, work, known)
        entries.append(made)
        rows.append(row(record, made))
    with open("index.json", "w") as f:
        json.dump(entries, f, indent=1, ensure_ascii=False)
        f.write("\n")
    write_table(rows)


if __name__ == "__main__":
    main(sys.argv[1])
