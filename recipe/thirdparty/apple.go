package thirdparty

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/posternauth/postern/core"
)

// appleAudience is whom Apple's client secrets are for.
const appleAudience = "https://appleid.apple.com"

// secretLife is how long a client secret that is made for one call is good.
const secretLife = 5 * time.Minute

// appleKeyOf reads the key by which the client proves to be itself. Line
// breaks may be written as \n, as environments need it.
func appleKeyOf(c Client) (*ecdsa.PrivateKey, error) {
	var missing []string
	for _, key := range []string{"keyId", "teamId", "privateKey"} {
		if c.additional(key) == "" {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("AdditionalConfig: %s is missing; Apple needs keyId, teamId and privateKey, or a ClientSecret", strings.Join(missing, ", "))
	}
	wrong := errors.New(`AdditionalConfig["privateKey"]: is no P-256 key in PEM (PKCS #8); paste the whole .p8 file that Apple gave you`)
	block, _ := pem.Decode([]byte(strings.ReplaceAll(c.additional("privateKey"), `\n`, "\n")))
	if block == nil {
		return nil, wrong
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, wrong
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() {
		return nil, wrong
	}
	return private, nil
}

// appleSecret is a client secret: a token that the client signs for Apple.
func appleSecret(c Client, now time.Time) (core.Secret, error) {
	key, err := appleKeyOf(c)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.ES256, Key: key},
		(&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", c.additional("keyId")),
	)
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(map[string]any{
		"iss": c.additional("teamId"), "iat": now.Unix(), "exp": now.Add(secretLife).Unix(),
		"aud": appleAudience, "sub": c.ClientID,
	})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", err
	}
	text, err := signed.CompactSerialize()
	return core.Secret(text), err
}
