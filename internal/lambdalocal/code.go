package lambdalocal

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxUnpacked is what Lambda takes, unpacked and with layers, in bytes.
const maxUnpacked = 250 << 20

// lay returns the folder of code: itself, or where its zip was unpacked.
func lay(code, folder string) (string, error) {
	info, err := os.Stat(code)
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return filepath.Abs(code)
	}
	return folder, unpackZip(code, folder)
}

// unpack puts a zip or a folder into a folder.
func unpack(from, folder string) error {
	info, err := os.Stat(from)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return os.CopyFS(folder, os.DirFS(from))
	}
	return unpackZip(from, folder)
}

func unpackZip(file, folder string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer z.Close()
	left := int64(maxUnpacked)
	for _, f := range z.File {
		if left -= int64(f.UncompressedSize64); left < 0 {
			return errors.New("it is larger than 250 MB unpacked")
		}
		if err := unpackFile(f, folder); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return nil
}

func unpackFile(f *zip.File, folder string) error {
	if !filepath.IsLocal(f.Name) {
		return errors.New("the name leads out of the zip")
	}
	to := filepath.Join(folder, f.Name)
	if f.FileInfo().IsDir() {
		return os.MkdirAll(to, 0o700)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, f.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, io.LimitReader(in, maxUnpacked))
	return errors.Join(err, out.Close())
}
