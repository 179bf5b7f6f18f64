package dashboard

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:generate go -C ../tools run ./bundle -root ../dashboard

//go:embed dist
var built embed.FS

// Files are the page: index.html, app.js, app.css and pictures. Every path that is no
// file here is one of the page's own screens, and gets index.html.
func Files() fs.FS {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		panic(fmt.Sprintf("the page was not embedded: %v", err)) // can't be: the directory is named above
	}
	return files
}
