package bridge

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"expertcontroller/schema"
)

// page is the dashboard's files, read once.
type page struct{ files map[string]*file }

// file is one of them, also compressed.
type file struct {
	kind, tag    string
	body, packed []byte
}

// types are said here, so that they are the same on every machine.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".png": "image/png", ".ico": "image/x-icon", ".json": "application/json", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2",
	".wav": "audio/wav", ".mp3": "audio/mpeg", ".map": "application/json", ".txt": "text/plain; charset=utf-8",
}

func newPage(files fs.FS) (*page, error) {
	p := &page{files: map[string]*file{}}
	if files == nil {
		return p, nil
	}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		p.files["/"+name], err = newFile(name, body)
		return err
	})
	if err == nil && p.files["/index.html"] == nil {
		err = fmt.Errorf("there is no index.html")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the dashboard's files: %w", err)
	}
	return p, nil
}

func newFile(name string, body []byte) (*file, error) {
	sum := sha256.Sum256(body)
	f := &file{kind: types[path.Ext(name)], tag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: body}
	if f.kind == "" {
		if f.kind = mime.TypeByExtension(path.Ext(name)); f.kind == "" {
			f.kind = "application/octet-stream"
		}
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if b.Len() < len(body) {
		f.packed = b.Bytes()
	}
	return f, nil
}

// serve gives a file, or the page itself: its routes are its own.
func (p *page) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, refusal(405, schema.CodeMalformed, "use GET here"))
		return
	}
	f := p.files[r.URL.Path]
	// The page knows its own paths; a program that asks at a wrong one must hear so.
	if f == nil && (r.URL.Path == "/" || path.Ext(r.URL.Path) == "" && strings.Contains(r.Header.Get("Accept"), "text/html")) {
		f = p.files["/index.html"]
	}
	if f == nil {
		refuse(w, refusal(404, schema.CodeUnknown, "there is nothing at %s", clip(r.URL.Path)))
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.body
	if f.packed != nil && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(body) // whoever asked may have gone
}

func takesGzip(r *http.Request) bool {
	for _, e := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(e), ";")
		if name == "gzip" && strings.ReplaceAll(q, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
