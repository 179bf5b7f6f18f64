module expertcontroller/tools

go 1.26.0

require expertcontroller v0.0.0

require (
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace expertcontroller => ../
