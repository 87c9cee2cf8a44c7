//go:build tools

// Package suite pins the validation programs that spec-compat/run builds.
package suite

import (
	_ "github.com/opencontainers/runtime-tools/cmd/runtimetest"
	_ "github.com/opencontainers/runtime-tools/validation/create"
)
