// Asks golang.org/x/mod/sumdb, the implementation of transparency logs that the go command trusts, about what we made.
//
// It reads a JSON list of questions and writes a JSON list of answers. Nothing here checks by itself.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Op     string            // one of the cases below
	Key    string            // open: a verifier key
	Note   []byte            // open: a signed note; sign: its text
	Size   int64             // of the tree
	Root   tlog.Hash         // of the tree
	Index  int64             // record, prove: which leaf
	Leaf   tlog.Hash         // record: its hash
	Old    int64             // tree, prove: the size of an older tree
	Before tlog.Hash         // tree: and its root
	Proof  []tlog.Hash       // record, tree
	Tiles  map[string][]byte // prove: hashes by path, as tlog-tiles names them
	Entry  []byte            // hash
	Level  int               // path
	Width  int               // path
}

type answer struct {
	Error  string      `json:"error,omitempty"`
	Text   string      `json:"text,omitempty"`
	Key    string      `json:"key,omitempty"`
	Hash   *tlog.Hash  `json:"hash,omitempty"`
	Record []tlog.Hash `json:"record,omitempty"`
	Tree   []tlog.Hash `json:"tree,omitempty"`
}

// tiles reads hashes out of what the question brought along. Their height is not in the path of tlog-tiles.
type tiles map[string][]byte

func (t tiles) Height() int                     { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, ok := t[path(tile)]
		if !ok {
			return nil, fmt.Errorf("there is no %s", path(tile))
		}
		found = append(found, data)
	}
	return found, nil
}

func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

func ask(q question) (a answer, err error) {
	switch q.Op {
	case "open":
		verifier, err := note.NewVerifier(q.Key)
		if err != nil {
			return a, err
		}
		opened, err := note.Open(q.Note, note.VerifierList(verifier))
		if err != nil {
			return a, err
		}
		a.Text = opened.Text
	case "sign":
		private, public, err := note.GenerateKey(bytes.NewReader(q.Entry), q.Key)
		if err != nil {
			return a, err
		}
		signer, err := note.NewSigner(private)
		if err != nil {
			return a, err
		}
		signed, err := note.Sign(&note.Note{Text: string(q.Note)}, signer)
		a.Text, a.Key = string(signed), public
		return a, err
	case "hash":
		hash := tlog.RecordHash(q.Entry)
		a.Hash = &hash
	case "record":
		return a, tlog.CheckRecord(q.Proof, q.Size, q.Root, q.Index, q.Leaf)
	case "tree":
		return a, tlog.CheckTree(q.Proof, q.Size, q.Root, q.Old, q.Before)
	case "prove":
		reader := tlog.TileHashReader(tlog.Tree{N: q.Size, Hash: q.Root}, tiles(q.Tiles))
		if a.Record, err = tlog.ProveRecord(q.Size, q.Index, reader); err != nil {
			return a, err
		}
		if a.Tree, err = tlog.ProveTree(q.Size, q.Old, reader); err != nil {
			return a, err
		}
		hash, err := tlog.TreeHash(q.Old, reader)
		a.Hash = &hash
		return a, err
	case "path":
		a.Text = path(tlog.Tile{H: 8, L: q.Level, N: q.Index, W: q.Width})
	default:
		return a, fmt.Errorf("unknown question %q", q.Op)
	}
	return a, nil
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]answer, len(questions))
	for at, question := range questions {
		found, err := ask(question)
		if err != nil {
			found = answer{Error: err.Error()}
		}
		answers[at] = found
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		os.Exit(2)
	}
}
