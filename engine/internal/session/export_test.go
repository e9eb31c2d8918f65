package session

// MaxRotations is for tests.
const MaxRotations = maxRotations
