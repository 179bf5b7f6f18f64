// Command bundle makes the dashboard's page out of its sources: one script and one
// stylesheet, minified, and what is static beside them. Preact comes from the sources
// under dashboard/vendor, so that neither Node nor a network is needed.
//
// It promises the same bytes for the same sources; it refuses to know what the page
// does.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	root := flag.String("root", "../dashboard", "the dashboard's directory")
	flag.Parse()
	if err := bundle(*root); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// bundle writes dist anew.
func bundle(root string) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return fmt.Errorf("finding the dashboard: %w", err)
	}
	dist := filepath.Join(root, "dist")
	preact := filepath.Join(root, "vendor", "preact")
	result := api.Build(api.BuildOptions{
		AbsWorkingDir:       root,
		EntryPointsAdvanced: []api.EntryPoint{{InputPath: "src/main.tsx", OutputPath: "app"}, {InputPath: "src/style/all.css", OutputPath: "app"}},
		Outdir:              dist,
		Bundle:              true,
		// What is imported when it is needed becomes a part of its own.
		Format:            api.FormatESModule,
		Splitting:         true,
		ChunkNames:        "part-[hash]",
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		// Preact calls what is its own _name; its own build shortens these, too.
		MangleProps:     "^_[^_]",
		Charset:         api.CharsetUTF8,
		LegalComments:   api.LegalCommentsNone,
		Target:          api.ES2022,
		JSX:             api.JSXAutomatic,
		JSXImportSource: "preact",
		Alias: map[string]string{
			"preact":             filepath.Join(preact, "src", "index.js"),
			"preact/hooks":       filepath.Join(preact, "hooks", "src", "index.js"),
			"preact/jsx-runtime": filepath.Join(preact, "jsx-runtime", "src", "index.js"),
		},
		LogLevel: api.LogLevelSilent,
	})
	if len(result.Errors) > 0 {
		for _, line := range api.FormatMessages(result.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}) {
			fmt.Fprint(os.Stderr, line)
		}
		return fmt.Errorf("bundling the dashboard: %d errors, as said above", len(result.Errors))
	}
	// A file that nothing makes any more must not stay embedded.
	if err := os.RemoveAll(dist); err != nil {
		return fmt.Errorf("emptying what was made before: %w", err)
	}
	if err := os.CopyFS(dist, os.DirFS(filepath.Join(root, "static"))); err != nil {
		return fmt.Errorf("copying what is static: %w", err)
	}
	for _, file := range result.OutputFiles {
		if err := os.WriteFile(file.Path, file.Contents, 0o644); err != nil {
			return fmt.Errorf("writing the page: %w", err)
		}
	}
	return nil
}
