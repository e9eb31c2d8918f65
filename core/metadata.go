package core

import "github.com/posternauth/postern/op"

// Metadata is a JSON object kept for each user id; the user need not exist.
type Metadata struct {
	Read op.Func[ReadMetadata, MetadataResult] `cdi:"GET /recipe/user/metadata"`

	// Update merges at the root: a key replaces the old one, null removes it.
	Update op.Func[UpdateMetadata, MetadataResult] `cdi:"PUT /recipe/user/metadata"`

	Clear op.Func[ClearMetadata, Done] `cdi:"POST /recipe/user/metadata/remove"`
}

// ReadMetadata is the input of [Metadata.Read].
type ReadMetadata struct {
	UserID string `json:"userId"`
}

// UpdateMetadata is the input of [Metadata.Update].
type UpdateMetadata struct {
	UserID         string `json:"userId"`
	MetadataUpdate Object `json:"metadataUpdate"`
}

// ClearMetadata is the input of [Metadata.Clear].
type ClearMetadata ReadMetadata

// MetadataResult is the whole metadata of a user, {} when there is none.
type MetadataResult struct {
	Metadata Object `json:"metadata"`
}
