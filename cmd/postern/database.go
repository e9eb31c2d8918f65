package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/posternauth/postern/core"
)

// uri returns the database that the command line names, or a file in the
// user's data folder.
func (d database) uri() (core.Secret, error) {
	if d.DB != "" {
		return d.DB, nil
	}
	folder, err := dataFolder()
	if err != nil {
		return "", fmt.Errorf("no folder for the database: %w; name one with --db sqlite:FILE", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("no folder for the database: %w; name another with --db sqlite:FILE", err)
	}
	return core.Secret("sqlite:" + filepath.Join(folder, "postern.db")), nil
}

// withoutPassword is a URI to show.
func withoutPassword(uri core.Secret) string {
	u, err := url.Parse(string(uri))
	if err != nil || u.Opaque == "" && u.Host == "" && u.Path == "" {
		return "the database"
	}
	return u.Redacted()
}

// dataFolder is where programs keep what is the user's: XDG_DATA_HOME on
// Linux, Application Support on macOS, LocalAppData on Windows.
func dataFolder() (string, error) {
	switch runtime.GOOS {
	case "windows", "darwin":
		dir, err := os.UserConfigDir()
		if local := os.Getenv("LocalAppData"); local != "" {
			dir, err = local, nil
		}
		return filepath.Join(dir, "postern"), err
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "postern"), nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "share", "postern"), err
}
