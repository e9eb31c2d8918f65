// Package sample is what the samples in the documentation are put into to see
// that they compile: a function in which the names that they use are known.
package sample

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/posternauth/postern"
	"github.com/posternauth/postern/authtest"
	"github.com/posternauth/postern/authtest/idp"
	"github.com/posternauth/postern/claim"
	"github.com/posternauth/postern/connect"
	"github.com/posternauth/postern/connect/awstoken"
	"github.com/posternauth/postern/core"
	"github.com/posternauth/postern/delivery"
	"github.com/posternauth/postern/engine"
	"github.com/posternauth/postern/fdi"
	"github.com/posternauth/postern/lambda"
	"github.com/posternauth/postern/op"
	"github.com/posternauth/postern/recipe/accountlinking"
	"github.com/posternauth/postern/recipe/emailpassword"
	"github.com/posternauth/postern/recipe/emailverification"
	"github.com/posternauth/postern/recipe/jwt"
	"github.com/posternauth/postern/recipe/metadata"
	"github.com/posternauth/postern/recipe/mfa"
	"github.com/posternauth/postern/recipe/multitenancy"
	"github.com/posternauth/postern/recipe/openid"
	"github.com/posternauth/postern/recipe/passwordless"
	"github.com/posternauth/postern/recipe/role"
	"github.com/posternauth/postern/recipe/session"
	"github.com/posternauth/postern/recipe/thirdparty"
	"github.com/posternauth/postern/recipe/totp"
	"github.com/posternauth/postern/ui"
)

func _() {
	type (
		SignUp     = core.SignUp
		RecipeUser = core.RecipeUser
	)
	var (
		ctx    context.Context
		app    *postern.App
		c      *core.Core
		cfg    connect.Config
		store  *connect.Core
		engine *engine.Engine
		pages  *ui.UI
		b      struct {
			event func(context.Context, json.RawMessage) (any, error)
		}
		mux       *http.ServeMux
		handler   http.HandlerFunc
		h         http.HandlerFunc
		s         *session.Session
		sessions  *session.Recipe
		codes     *passwordless.Recipe
		factors   *mfa.Recipe
		devices   *totp.Recipe
		linking   *accountlinking.Recipe
		roles     *role.Recipe
		tenants   *multitenancy.Recipe
		tokens    *jwt.Recipe
		users     *metadata.Recipe
		providers []thirdparty.Provider
		mailer    delivery.Sender
		texter    delivery.TextSender

		addr, host, region, email, id, userID, recipeUserID string
		password, authToken                                 core.Secret
	)
	{
	}
}
