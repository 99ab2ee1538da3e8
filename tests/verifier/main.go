// verify-log checks a log folder (C2SP tlog-tiles) with the Go team's own packages for transparency logs,
// golang.org/x/mod/sumdb/{note,tlog}: the ones with which every Go user checks the Go checksum database. Nothing of it is
// shared with the program that wrote the log.
//
//	verify-log -vkey FILE|KEY [-since CHECKPOINT] [-witness KEY] DIR    checks a whole log
//	verify-log -vkey FILE|KEY [-witness KEY] -proof FILE                checks one entry's proof, offline
//
// Exit: 0 it verifies, 1 it does not, 2 it could not be checked, 3 the log verifies but the kept checkpoint is unusable.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

func main() {
	vkey := flag.String("vkey", "", "the log's public key, or a file that holds it")
	since := flag.String("since", "", "a checkpoint that you kept: the log must have grown from it")
	witness := flag.String("witness", "", "a witness' public key, or a file that holds it: it must have signed too")
	proof := flag.String("proof", "", "a .tlog-proof file to check instead of a whole log")
	flag.Parse()
	if *vkey == "" || (*proof == "") != (flag.NArg() == 1) {
		flag.Usage()
		os.Exit(2)
	}
	keys, err := newKeys(*vkey, *witness)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if *proof != "" {
		err = keys.checkProof(*proof)
	} else {
		err = keys.checkLog(flag.Arg(0), *since)
	}
	var kept keptError
	if errors.As(err, &kept) {
		fmt.Println("the kept checkpoint:", kept.error)
		os.Exit(3)
	}
	if err != nil {
		fmt.Println("DOES NOT VERIFY:", err)
		os.Exit(1)
	}
}

// keptError says nothing of the log: what was kept of it cannot be read, or is not signed with its key.
type keptError struct{ error }

// keys are what is believed.
type keys struct {
	log     note.Verifier
	witness note.Verifier // nil if none is asked for
}

func newKeys(log, witness string) (*keys, error) {
	text, err := keyText(log)
	if err != nil {
		return nil, err
	}
	k := &keys{}
	if k.log, err = note.NewVerifier(text); err != nil {
		return nil, fmt.Errorf("the log's key: %w", err)
	}
	if witness != "" {
		if text, err = keyText(witness); err != nil {
			return nil, err
		}
		if k.witness, err = newCosignatureVerifier(text); err != nil {
			return nil, fmt.Errorf("the witness' key: %w", err)
		}
	}
	return k, nil
}

func keyText(argument string) (string, error) {
	if strings.Count(argument, "+") >= 2 {
		return argument, nil
	}
	data, err := os.ReadFile(argument)
	return strings.TrimSpace(string(data)), err
}

// open checks the signatures of a checkpoint and reads it (C2SP tlog-checkpoint).
func (k *keys) open(data []byte) (tlog.Tree, error) {
	known := []note.Verifier{k.log}
	if k.witness != nil {
		known = append(known, k.witness)
	}
	n, err := note.Open(data, note.VerifierList(known...))
	if err != nil {
		return tlog.Tree{}, err
	}
	for _, key := range known {
		signed := false
		for _, sig := range n.Sigs {
			signed = signed || (sig.Name == key.Name() && sig.Hash == key.KeyHash())
		}
		if !signed {
			return tlog.Tree{}, fmt.Errorf("%s did not sign the checkpoint", key.Name())
		}
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != k.log.Name() {
		return tlog.Tree{}, fmt.Errorf("no checkpoint of %s", k.log.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 {
		return tlog.Tree{}, fmt.Errorf("no tree size: %q", lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func (k *keys) checkLog(dir, since string) error {
	data, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := k.open(data)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	fmt.Printf("signature: good, %d entries, root %v\n", tree.N, tree.Hash)

	hashes := make(storage, 0, tlog.StoredHashCount(tree.N))
	if err := hashes.addEntries(dir, tree.N); err != nil {
		return err
	}
	bad := compareTiles(dir, tree.N, hashes)
	root := tlog.Hash(sha256.Sum256(nil))
	if tree.N > 0 {
		if root, err = tlog.TreeHash(tree.N, hashes); err != nil {
			return err
		}
	}
	if root != tree.Hash {
		return errors.Join(fmt.Errorf("the %d entries, hashed again, give another root: %v", tree.N, root), bad)
	}
	fmt.Printf("entries: all %d hashed again, same root\n", tree.N)
	if bad != nil {
		return bad
	}
	fmt.Println("tiles: as computed from the entries")
	if since != "" {
		return k.checkGrowth(since, tree, hashes)
	}
	return nil
}

func (k *keys) checkGrowth(since string, tree tlog.Tree, hashes storage) error {
	data, err := os.ReadFile(since)
	if err != nil {
		return keptError{err}
	}
	log := keys{log: k.log}
	kept, err := log.open(data)
	if err != nil {
		return keptError{err}
	}
	if kept.N > tree.N {
		return fmt.Errorf("HISTORY CUT: the kept checkpoint has %d entries", kept.N)
	}
	if kept.N > 0 {
		growth, err := tlog.ProveTree(tree.N, kept.N, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(growth, tree.N, tree.Hash, kept.N, kept.Hash); err != nil {
			return fmt.Errorf("HISTORY REWRITTEN: the first %d entries are not those of the kept checkpoint", kept.N)
		}
	}
	fmt.Printf("growth: the first %d entries are those of the kept checkpoint\n", kept.N)
	return nil
}

// storage holds all hashes of a tree in the order of package tlog.
type storage []tlog.Hash

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		found[i] = s[index]
	}
	return found, nil
}

// addEntries reads all entries, whatever the tiles say, and hashes them.
func (s *storage) addEntries(dir string, size int64) error {
	for start := int64(0); start < size; start += width {
		count := min(width, size-start)
		path := tilePath("entries", start/width, int(count))
		data, err := readTile(dir, "entries", start/width, int(count))
		if err != nil {
			return err
		}
		for n := start; n < start+count; n++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("%s ends before entry %d", path, n)
			}
			length := 2 + int(binary.BigEndian.Uint16(data))
			added, err := tlog.StoredHashesForRecordHash(n, tlog.RecordHash(data[2:length]), s)
			if err != nil {
				return err
			}
			*s = append(*s, added...)
			data = data[length:]
		}
		if _, err := os.Stat(filepath.Join(dir, path)); err == nil && len(data) > 0 {
			return fmt.Errorf("%s goes on after its last entry", path)
		}
	}
	return nil
}

// compareTiles compares the stored hashes with those of the entries, lowest level first; the first difference on the
// lowest level names an entry.
func compareTiles(dir string, size int64, hashes storage) error {
	for level := 0; level < 8 && size>>(8*level) > 0; level++ {
		for n := int64(0); n*width < size>>(8*level); n++ {
			w := int(min(width, size>>(8*level)-n*width))
			stored, err := readTile(dir, strconv.Itoa(level), n, w)
			if err != nil {
				return err
			}
			computed, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: n, W: w}, hashes)
			if err != nil {
				return err
			}
			if len(stored) > len(computed) && w < width {
				stored = stored[:len(computed)]
			}
			if !bytes.Equal(stored, computed) {
				path := tilePath(strconv.Itoa(level), n, w)
				for i := 0; level == 0 && i < w && len(stored) == len(computed); i++ {
					if !bytes.Equal(stored[i*tlog.HashSize:][:tlog.HashSize], computed[i*tlog.HashSize:][:tlog.HashSize]) {
						return fmt.Errorf("entry %d and its hash in %s differ", n*width+int64(i), path)
					}
				}
				return fmt.Errorf("%s is not what the entries give", path)
			}
		}
	}
	return nil
}

// tilePath is the path of C2SP tlog-tiles; the one of package tlog names the height, too.
func tilePath(level string, n int64, w int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if w < width {
		path += fmt.Sprintf(".p/%d", w)
	}
	return "tile/" + level + "/" + path
}

// readTile falls back to the full tile: a log may remove partial ones then.
func readTile(dir, level string, n int64, w int) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(dir, tilePath(level, n, w)))
	if err != nil && w < width {
		if full, fullErr := os.ReadFile(filepath.Join(dir, tilePath(level, n, width))); fullErr == nil {
			return full, nil
		}
	}
	return data, err
}

// checkProof checks a proof file (C2SP tlog-proof) that holds its entry.
func (k *keys) checkProof(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, checkpoint, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("no proof that holds an entry")
	}
	entry, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := k.open([]byte(checkpoint))
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	fmt.Printf("entry %d of %d entries of %s:\n%s\n", index, tree.N, k.log.Name(), entry)
	return nil
}

// cosignatureVerifier verifies the timestamped signature of a witness (C2SP tlog-cosignature), which package note does
// not know.
type cosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosignatureVerifier(vkey string) (*cosignatureVerifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not name+id+base64")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, errors.New("not a witness' Ed25519 key")
	}
	id := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(id[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("its id does not fit")
	}
	return &cosignatureVerifier{parts[0], hash, key[1:]}, nil
}

func (v *cosignatureVerifier) Name() string    { return v.name }
func (v *cosignatureVerifier) KeyHash() uint32 { return v.hash }

func (v *cosignatureVerifier) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), text)
	return ed25519.Verify(v.key, []byte(message), sig[8:])
}
