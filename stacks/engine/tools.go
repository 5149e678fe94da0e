//go:build tools

// Package engine pins the Pulumi engine that compound-fleet drives. The engine is a Go program that no Python or
// Debian package carries; this module builds it with nothing but a Go module proxy. The import below never compiles
// into anything of ours: it exists so that `go mod tidy` keeps the whole dependency tree in go.mod and go.sum.
package engine

import (
	_ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
)
