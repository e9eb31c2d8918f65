package engine

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/engine/internal/db"
	"github.com/posternauth/postern/engine/internal/token"
)

const keySize = 32

// How a secret is written in the database.
const (
	plainPrefix  = "plain:"
	sealedPrefix = "aes256gcm:"
)

// sealer encrypts what is kept in the database with the master key.
type sealer struct{ aead cipher.AEAD }

func newSealer(master core.Secret) (*sealer, error) {
	if master == "" {
		return nil, nil
	}
	aead, err := newAEAD([]byte(master), "postern secrets at rest")
	return &sealer{aead}, err
}

// newAEAD returns AES-256-GCM by a key derived for a purpose.
func newAEAD(secret []byte, purpose string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, purpose, keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal returns a secret as it is written in the database, bound to its name.
func (a *app) seal(name string, secret []byte) string {
	if a.sealer == nil {
		return plainPrefix + base64.StdEncoding.EncodeToString(secret)
	}
	sealed := a.sealer.aead.Seal(nil, nil, secret, []byte(a.id+" "+name))
	return sealedPrefix + base64.StdEncoding.EncodeToString(sealed)
}

// unseal reads what seal wrote.
func (a *app) unseal(name, text string) ([]byte, error) {
	if plain, ok := strings.CutPrefix(text, plainPrefix); ok {
		return base64.StdEncoding.DecodeString(plain)
	}
	sealed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, sealedPrefix))
	if err != nil || !strings.HasPrefix(text, sealedPrefix) {
		return nil, fmt.Errorf("secret %q of app %q: unknown form", name, a.id)
	}
	if a.sealer == nil {
		return nil, errors.New("the secrets in the database are encrypted: set Config.MasterKey")
	}
	secret, err := a.sealer.aead.Open(nil, nil, sealed, []byte(a.id+" "+name))
	if err != nil {
		return nil, fmt.Errorf("secret %q of app %q: Config.MasterKey is not the one it was encrypted with", name, a.id)
	}
	return secret, nil
}

// secrets are the keys of an app, derived from one that lies in the database.
type secrets struct {
	refresh token.RefreshKey // makes refresh tokens
	code    []byte           // hashes codes
	page    cipher.AEAD      // seals page tokens
}

// rootSecret is the name of the secret in the database.
const rootSecret = "root_secret"

// secrets returns the keys of the app. They are made once, by whoever comes
// first, and kept in memory from then on.
func (a *app) secrets(ctx context.Context) (*secrets, error) {
	if known := a.state.secrets.Load(); known != nil {
		return known, nil
	}
	root, err := a.readRoot(ctx)
	if err != nil {
		return nil, err
	}
	s := new(secrets)
	var errs [3]error
	s.refresh, errs[0] = hkdf.Key(sha256.New, root, nil, "refresh tokens", keySize)
	s.code, errs[1] = hkdf.Key(sha256.New, root, nil, "codes", keySize)
	s.page, errs[2] = newAEAD(root, "page tokens")
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	a.state.secrets.Store(s)
	a.exists()
	return s, nil
}

func (a *app) readRoot(ctx context.Context) ([]byte, error) {
	const read = `SELECT value FROM key_values WHERE app_id = $1 AND name = $2`
	var text string
	found, err := a.db.Reader.One(ctx, read, db.Args{a.id, rootSecret}, &text)
	if err != nil {
		return nil, err
	}
	if !found {
		root := make([]byte, keySize)
		rand.Read(root)
		_, err := a.db.Writer.Exec(ctx, `INSERT INTO key_values (app_id, name, value)
			SELECT app_id, CAST($2 AS TEXT), CAST($3 AS TEXT) FROM apps WHERE app_id = $1
			ON CONFLICT (app_id, name) DO NOTHING`, a.id, rootSecret, a.seal(rootSecret, root))
		if err != nil {
			return nil, err
		}
		if found, err = a.db.Writer.One(ctx, read, db.Args{a.id, rootSecret}, &text); err != nil {
			return nil, err
		}
	}
	if !found {
		return nil, &core.TenantNotFound{AppID: a.id}
	}
	return a.unseal(rootSecret, text)
}
