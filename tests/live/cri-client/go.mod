module criclient

go 1.19

require (
	github.com/gogo/protobuf v1.3.2
	k8s.io/cri-api v0.25.3
)
