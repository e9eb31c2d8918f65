package kernel

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
	key, err := hkdf.Key(sha256.New, []byte(master), nil, "postern secrets at rest", keySize)
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(key)
	return &sealer{aead}, err
}

// newAEAD returns AES-256-GCM.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seals reports whether there is a master key, without which secrets lie in the
// database as they are.
func (k *Kernel) Seals() bool { return k.sealer != nil }

// Seal returns a secret as it is written in the database, bound to its name.
func (a *App) Seal(name string, secret []byte) string {
	if a.sealer == nil {
		return plainPrefix + base64.StdEncoding.EncodeToString(secret)
	}
	sealed := a.sealer.aead.Seal(nil, nil, secret, []byte(a.ID+" "+name))
	return sealedPrefix + base64.StdEncoding.EncodeToString(sealed)
}

// Unseal reads what Seal wrote.
func (a *App) Unseal(name, text string) ([]byte, error) {
	if plain, ok := strings.CutPrefix(text, plainPrefix); ok {
		return base64.StdEncoding.DecodeString(plain)
	}
	sealed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, sealedPrefix))
	if err != nil || !strings.HasPrefix(text, sealedPrefix) {
		return nil, fmt.Errorf("secret %q of app %q: unknown form", name, a.ID)
	}
	if a.sealer == nil {
		return nil, errors.New("the secrets in the database are encrypted: set Config.MasterKey")
	}
	secret, err := a.sealer.aead.Open(nil, nil, sealed, []byte(a.ID+" "+name))
	if err != nil {
		return nil, fmt.Errorf("secret %q of app %q: Config.MasterKey is not the one it was encrypted with", name, a.ID)
	}
	return secret, nil
}

// rootSecret is the name of the secret in the database that all keys of an app
// are derived from.
const rootSecret = "root_secret"

// Codes is the purpose of the key by which codes are hashed that people type:
// without it, all codes could be tried against a hash.
const Codes = "codes"

// Key returns the key of the app for a purpose: 32 bytes. The secret behind it
// is made once, by whoever comes first, and kept in memory from then on.
func (a *App) Key(ctx context.Context, purpose string) ([]byte, error) {
	if known, ok := a.derived.Load(purpose); ok {
		return known.([]byte), nil
	}
	root, err := a.rootSecret(ctx)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, root, nil, purpose, keySize)
	if err == nil {
		a.derived.Store(purpose, key)
	}
	return key, err
}

// Box returns what seals texts that are handed out, by the key for a purpose.
func (a *App) Box(ctx context.Context, purpose string) (cipher.AEAD, error) {
	key, err := a.Key(ctx, purpose)
	if err != nil {
		return nil, err
	}
	return newAEAD(key)
}

// Ready makes the secret of the app, so that nobody has to wait for it.
func (a *App) Ready(ctx context.Context) error {
	_, err := a.rootSecret(ctx)
	return err
}

func (a *App) forgetSecrets() {
	a.root.Store(nil)
	a.derived.Clear()
}

func (a *App) rootSecret(ctx context.Context) ([]byte, error) {
	if known := a.root.Load(); known != nil {
		return *known, nil
	}
	root, err := a.readRoot(ctx)
	if err != nil {
		return nil, err
	}
	a.root.Store(&root)
	a.Exists()
	return root, nil
}

func (a *App) readRoot(ctx context.Context) ([]byte, error) {
	const read = `SELECT value FROM key_values WHERE app_id = $1 AND name = $2`
	var text string
	found, err := a.DB.Reader.One(ctx, read, db.Args{a.ID, rootSecret}, &text)
	if err != nil {
		return nil, err
	}
	if !found {
		root := make([]byte, keySize)
		rand.Read(root)
		_, err := a.DB.Writer.Exec(ctx, `INSERT INTO key_values (app_id, name, value)
			SELECT app_id, CAST($2 AS TEXT), CAST($3 AS TEXT) FROM apps WHERE app_id = $1
			ON CONFLICT (app_id, name) DO NOTHING`, a.ID, rootSecret, a.Seal(rootSecret, root))
		if err != nil {
			return nil, err
		}
		if found, err = a.DB.Writer.One(ctx, read, db.Args{a.ID, rootSecret}, &text); err != nil {
			return nil, err
		}
	}
	if !found {
		return nil, &core.TenantNotFound{AppID: a.ID}
	}
	return a.Unseal(rootSecret, text)
}
