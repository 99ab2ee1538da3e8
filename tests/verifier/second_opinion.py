"""A second opinion on a log folder, without the Go packages: pymerkle hashes the tree, OpenSSL checks the signature.

    python second_opinion.py KEY_FILE DIR [KEPT_CHECKPOINT]

Exit: 0 it verifies, 1 it does not.
"""

import base64
import pathlib
import subprocess
import sys
import tempfile

from pymerkle import InmemoryTree, verify_consistency

ED25519_DER = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: what precedes the 32 bytes of a public key


def tile(folder, number, count):
    name = f"{number % 1000:03}"
    while number >= 1000:
        number //= 1000
        name = f"x{number % 1000:03}/{name}"
    return folder / "tile/entries" / (name if count == 256 else f"{name}.p/{count}")


def entries(folder, size):
    for start in range(0, size, 256):
        count = min(256, size - start)
        data = tile(folder, start // 256, count).read_bytes()
        for _ in range(count):
            length = int.from_bytes(data[:2], "big")
            if len(data) < 2 + length:
                raise SystemExit(f"the bundle of entry {start} ends too early")
            yield data[2 : 2 + length]
            data = data[2 + length :]


def openssl_verifies(vkey, note):
    """The signature over the text before the last blank line, by the `openssl` program."""
    text, signatures = note[: note.rindex(b"\n\n") + 1], note[note.rindex(b"\n\n") + 2 :]
    name, key_id, key = vkey.split("+", 2)
    line = next(line for line in signatures.decode().splitlines() if line.startswith(f"\u2014 {name} "))
    signature = base64.b64decode(line.split(" ")[2])
    if signature[:4].hex() != key_id.lower():
        return False
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "key").write_bytes(ED25519_DER + base64.b64decode(key)[1:])
        (scratch / "text").write_bytes(text)
        (scratch / "signature").write_bytes(signature[4:])
        command = "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key -in text -sigfile signature"
        return subprocess.run(command.split(), cwd=scratch, capture_output=True).returncode == 0


def head(note):
    _, size, root = note.decode().split("\n")[:3]
    return int(size), base64.b64decode(root)


def main():
    vkey = pathlib.Path(sys.argv[1]).read_text().strip()
    folder = pathlib.Path(sys.argv[2])
    checkpoint = (folder / "checkpoint").read_bytes()
    if not openssl_verifies(vkey, checkpoint):
        raise SystemExit("OpenSSL: the checkpoint is not signed by the key")
    size, root = head(checkpoint)
    tree = InmemoryTree(algorithm="sha256")
    for entry in entries(folder, size):
        tree.append_entry(entry)
    if tree.get_root() != root:
        raise SystemExit("pymerkle: the entries give another root")
    if len(sys.argv) > 3:
        kept = pathlib.Path(sys.argv[3]).read_bytes()
        if not openssl_verifies(vkey, kept):
            raise SystemExit("OpenSSL: the kept checkpoint is not signed by the key")
        kept_size, kept_root = head(kept)
        try:
            if kept_size > 0:
                verify_consistency(kept_root, root, tree.prove_consistency(kept_size, size))
        except Exception as error:
            raise SystemExit(f"pymerkle: HISTORY REWRITTEN before entry {kept_size}: {error}")
    print(f"OpenSSL and pymerkle: {size} entries, signature and root are good")


main()
