package wbxml_test

import (
	"fmt"
	"log"

	"github.com/easkit/easkit/profiles/probe/wbxml"
)

func Example() {
	const ns = "FolderHierarchy"
	request, err := wbxml.Marshal(wbxml.E(ns, "FolderSync", wbxml.T(ns, "SyncKey", "0")))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("% x\n", request)

	answer, err := wbxml.Parse([]byte("\x03\x01\x6a\x00\x00\x07\x56\x4c\x03142\x00\x01\x01"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Name(), answer.Get("Status").Value())
	// Output:
	// 03 01 6a 00 00 07 56 52 03 30 00 01 01
	// FolderSync 142
}
