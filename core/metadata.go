package core

import "github.com/posternauth/postern/op"

// Metadata is a JSON object kept for each user id; the user need not exist.
type Metadata struct {
	Read op.Func[ReadMetadata, MetadataResult] `cdi:"GET /recipe/user/metadata"`

	// ReadMany reads the metadata of up to 500 users, in the order of their ids.
	ReadMany op.Func[ManyUsers, MetadataOfUsers] `cdi:"POST /recipe/user/metadata/bulk"`

	// Update merges at the root: a key replaces the old one, null removes it.
	Update op.Func[UpdateMetadata, MetadataResult] `cdi:"PUT /recipe/user/metadata"`

	// CompareAndUpdate is Update if the values are still what the caller has
	// read; else nothing changes.
	CompareAndUpdate op.Func[CompareAndUpdateMetadata, MetadataResult] `cdi:"PUT /recipe/user/metadata/compare" ext:"true" fails:"METADATA_CHANGED_ERROR"`

	Clear op.Func[ClearMetadata, Done] `cdi:"POST /recipe/user/metadata/remove"`
}

// ReadMetadata is the input of [Metadata.Read].
type ReadMetadata struct {
	UserID string `json:"userId"`
}

// ManyUsers names up to 500 users, by either of their ids.
type ManyUsers struct {
	UserIDs []string `json:"userIds" of:"strings"`
}

// MetadataOfUsers has an entry for each id that was asked for.
type MetadataOfUsers struct {
	Users []MetadataOfUser `json:"users"`
}

// MetadataOfUser is the metadata of one user, nil when there is none.
type MetadataOfUser struct {
	UserID   string `json:"userId"`
	Metadata Object `json:"metadata"`
}

// UpdateMetadata is the input of [Metadata.Update].
type UpdateMetadata struct {
	UserID         string `json:"userId"`
	MetadataUpdate Object `json:"metadataUpdate"`
}

// CompareAndUpdateMetadata is the input of [Metadata.CompareAndUpdate].
type CompareAndUpdateMetadata struct {
	UserID         string `json:"userId"`
	MetadataUpdate Object `json:"metadataUpdate"`
	// Expected are the values that keys of MetadataUpdate have; those that are
	// not in it, or null, have none.
	Expected Object `json:"expected"`
}

// MetadataChanged is metadata that somebody else has changed meanwhile.
const MetadataChanged op.Status = "METADATA_CHANGED_ERROR"

// ClearMetadata is the input of [Metadata.Clear].
type ClearMetadata ReadMetadata

// MetadataResult is the whole metadata of a user, {} when there is none.
type MetadataResult struct {
	Metadata Object `json:"metadata"`
}
