// A stranger's reader of our ledger over golang.org/x/mod/sumdb, the code that checks
// Go's own checksum database. It knows nothing of this project: it is given an address
// and keys, reads the public files itself, and says what it accepts.
//
//	sumdb CASE.json
//
// prints one line "accepted STEP" for each step; at the first that fails it prints
// "refused STEP: why" and exits 1. Any other exit is a fault of this program.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

// A subject is what is to be verified, and by which keys.
type subject struct {
	URL       string   // the address below which the tile paths lie
	Log       string   // verifier key of the log
	Witnesses []string // verifier keys of its witnesses
	Quorum    int      // how many of them must have cosigned
	MLDSA     []string // verifier keys this program cannot use: it passes their lines over
	Older     string   // a checkpoint seen earlier
	Index     int64    // where Entry was logged
	Entry     []byte   // what its author logged
	Proof     string   // a tlog-proof of it
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	var s subject
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	r := &reader{subject: s}
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"checkpoint", r.checkpoint},
		{"tiles", r.tiles},
		{"entries", r.entries},
		{"inclusion", r.inclusion},
		{"consistency", r.consistency},
		{"proof", r.proof},
	} {
		if err := step.run(); err != nil {
			fmt.Printf("refused %s: %v\n", step.name, err)
			os.Exit(1)
		}
		fmt.Printf("accepted %s\n", step.name)
	}
}

type reader struct {
	subject
	tree   tlog.Tree
	hashes tlog.HashReader // from tiles; what is made of them is checked again below
}

// 1. The note opens under the log's key and enough of the witnesses'.
func (r *reader) checkpoint() error {
	data, err := get(r.URL, "checkpoint")
	if err != nil {
		return err
	}
	r.tree, err = r.open(data)
	return err
}

// 2. The hash tiles add up to the root.
func (r *reader) tiles() error {
	r.hashes = tlog.TileHashReader(r.tree, tileReader{r.URL})
	root, err := tlog.TreeHash(r.tree.N, r.hashes)
	if err == nil && root != r.tree.Hash {
		err = errors.New("another root")
	}
	return err
}

// 3. All entries, hashed anew, add up to the root without any tile.
func (r *reader) entries() error {
	var stored []tlog.Hash
	own := tlog.HashReaderFunc(func(at []int64) (found []tlog.Hash, err error) {
		for _, index := range at {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for n := int64(0); n*width < r.tree.N; n++ {
		w := min(width, r.tree.N-n*width)
		data, err := get(r.URL, path("entries", n, int(w)))
		if err != nil {
			return err
		}
		for i := int64(0); i < w; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return errors.New("a bundle cut short")
			}
			size := 2 + int(binary.BigEndian.Uint16(data))
			more, err := tlog.StoredHashes(n*width+i, data[2:size], own)
			if err != nil {
				return err
			}
			stored, data = append(stored, more...), data[size:]
		}
	}
	root, err := tlog.TreeHash(r.tree.N, own)
	if err == nil && root != r.tree.Hash {
		err = errors.New("another root")
	}
	return err
}

// 4. A proof made from the tiles places the entry under the root.
func (r *reader) inclusion() error {
	proof, err := tlog.ProveRecord(r.tree.N, r.Index, r.hashes)
	if err != nil {
		return err
	}
	leaf := tlog.RecordHash(r.Entry)
	return tlog.CheckRecord(proof, r.tree.N, r.tree.Hash, r.Index, leaf)
}

// 5. A proof made from the tiles says that the older tree is the start of this one.
func (r *reader) consistency() error {
	older, err := r.open([]byte(r.Older))
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(r.tree.N, older.N, r.hashes)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, r.tree.N, r.tree.Hash, older.N, older.Hash)
}

// 6. The file the wallet hands out proves the entry without any server.
func (r *reader) proof() error {
	head, signed, _ := strings.Cut(r.Proof, "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("no tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := r.open([]byte(signed))
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(r.Entry))
}

// open checks every signature of a checkpoint and reads its three lines.
func (r *reader) open(data []byte) (tree tlog.Tree, err error) {
	log, err := note.NewVerifier(r.Log)
	if err != nil {
		return tree, err
	}
	known := []note.Verifier{log}
	for _, key := range r.Witnesses {
		witness, err := newWitness(key)
		if err != nil {
			return tree, err
		}
		known = append(known, witness)
	}
	opened, err := note.Open(data, note.VerifierList(known...))
	if err != nil {
		return tree, err
	}
	logged, seen := false, 0
	for _, signature := range opened.Sigs {
		if signature.Name == log.Name() && signature.Hash == log.KeyHash() {
			logged = true
		} else {
			seen++
		}
	}
	if !logged || seen < r.Quorum {
		return tree, fmt.Errorf("log %v, witnesses %d of %d", logged, seen, r.Quorum)
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != log.Name() {
		return tree, errors.New("another origin")
	}
	// sumdb names every tree the same; ours is named by its origin.
	return tlog.ParseTree([]byte("go.sum database tree\n" + rest))
}

// A witness is a verifier of C2SP cosignature/v1 for sumdb's note package.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newWitness(vkey string) (*witness, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no verifier key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, errors.New("no key of a witness")
	}
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", digest[:4]) != parts[1] {
		return nil, errors.New("another key id")
	}
	return &witness{parts[0], binary.BigEndian.Uint32(digest[:4]), key[1:]}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }
func (w *witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	signed := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", at)), text...)
	return at > 0 && ed25519.Verify(w.key, signed, signature[8:])
}

// A tileReader fetches hash tiles for tlog.TileHashReader.
type tileReader struct{ url string }

func (t tileReader) Height() int                     { return height }
func (t tileReader) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tileReader) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		found, err := get(t.url, path(strconv.Itoa(tile.L), tile.N, tile.W))
		if err != nil {
			return nil, err
		}
		data = append(data, found)
	}
	return data, nil
}

// path spells a tile as C2SP tlog-tiles does: sumdb's own spelling, whose numbers it
// shares, without the height.
func path(level string, n int64, w int) string {
	spelled := tlog.Tile{H: height, L: 0, N: n, W: w}.Path()
	return "tile/" + level + strings.TrimPrefix(spelled, "tile/8/0")
}

func get(url, path string) ([]byte, error) {
	answer, err := http.Get(url + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var data bytes.Buffer
	if _, err := io.Copy(&data, io.LimitReader(answer.Body, 1<<25)); err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return data.Bytes(), nil
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
