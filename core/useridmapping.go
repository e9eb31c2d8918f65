package core

import "github.com/posternauth/postern/op"

// UserIDMapping gives users ids of the application's own. Operations take
// either id, and answer with the external one.
type UserIDMapping struct {
	Create op.Func[CreateUserIDMapping, Done]           `cdi:"POST /recipe/userid/map" fails:"UNKNOWN_SUPERTOKENS_USER_ID_ERROR USER_ID_MAPPING_ALREADY_EXISTS_ERROR"`
	Read   op.Func[ReadUserIDMapping, UserIDMapped]     `cdi:"GET /recipe/userid/map" fails:"UNKNOWN_MAPPING_ERROR"`
	Delete op.Func[DeleteUserIDMapping, MappingExisted] `cdi:"POST /recipe/userid/map/remove"`
	// SetInfo replaces what is noted beside a mapping; null removes it.
	SetInfo op.Func[SetUserIDMappingInfo, Done] `cdi:"PUT /recipe/userid/external-user-id-info" fails:"UNKNOWN_MAPPING_ERROR"`
}

// The kinds of ids; the default is either.
const (
	SuperTokensID = "SUPERTOKENS"
	ExternalID    = "EXTERNAL"
	AnyID         = "ANY"
)

// CreateUserIDMapping is the input of [UserIDMapping.Create]. Force maps an id
// that data is already kept under.
type CreateUserIDMapping struct {
	SuperTokensUserID  string              `json:"superTokensUserId"`
	ExternalUserID     string              `json:"externalUserId"`
	ExternalUserIDInfo op.Optional[string] `json:"externalUserIdInfo,omitzero"`
	Force              bool                `json:"force,omitempty"`
}

// ReadUserIDMapping is the input of [UserIDMapping.Read].
type ReadUserIDMapping struct {
	UserID     string `json:"userId"`
	UserIDType string `json:"userIdType,omitempty"`
}

// UserIDMapped is a mapping.
type UserIDMapped struct {
	SuperTokensUserID  string `json:"superTokensUserId"`
	ExternalUserID     string `json:"externalUserId"`
	ExternalUserIDInfo string `json:"externalUserIdInfo,omitempty"`
}

// DeleteUserIDMapping is the input of [UserIDMapping.Delete].
type DeleteUserIDMapping struct {
	UserID     string `json:"userId"`
	UserIDType string `json:"userIdType,omitempty"`
	Force      bool   `json:"force,omitempty"`
}

// MappingExisted is the result of [UserIDMapping.Delete].
type MappingExisted struct {
	DidMappingExist bool `json:"didMappingExist"`
}

// SetUserIDMappingInfo is the input of [UserIDMapping.SetInfo].
type SetUserIDMappingInfo struct {
	UserID             string              `json:"userId"`
	UserIDType         string              `json:"userIdType,omitempty"`
	ExternalUserIDInfo op.Optional[string] `json:"externalUserIdInfo"`
}

// MappingExists is a mapping that is in the way.
type MappingExists struct {
	DoesSuperTokensUserIDExist bool `json:"doesSuperTokensUserIdExist"`
	DoesExternalUserIDExist    bool `json:"doesExternalUserIdExist"`
}

// FailStatus is USER_ID_MAPPING_ALREADY_EXISTS_ERROR.
func (*MappingExists) FailStatus() op.Status { return "USER_ID_MAPPING_ALREADY_EXISTS_ERROR" }
func (e *MappingExists) Error() string       { return "there is such a mapping already" }

// The outcomes of user id mapping.
const (
	UnknownSuperTokensUserID op.Status = "UNKNOWN_SUPERTOKENS_USER_ID_ERROR"
	UnknownMapping           op.Status = "UNKNOWN_MAPPING_ERROR"
)
