package android

import "github.com/easkit/easkit/android/schema"

// nine is Nine, in whichever of its packages. Of its keys those for the server are
// published (articles 15362 and 15609 at https://ninework-faq.9folders.com), the first
// two as required. Those for the user and for the certificate are not: they are in the
// app's own schema.
var nine = givenApp{
	name: "nine", title: "Nine",
	packages: []string{
		"com.ninefolders.hd3", "com.ninefolders.hd3.work", "com.ninefolders.hd3.work.intune",
		"com.ninefolders.hd3.work.airwatch", "com.ninefolders.hd3.work.airwatch.gp", "com.ninefolders.hd3.work.rubus",
	},
	keys: []schema.Key{
		of("AppServicePublisher", schema.String), // the name of the device management
		of("AppServiceHost", schema.String),
		of("AppServiceHosts", schema.String), // several, with ';' between them
		of("AppServiceSecondaryHost", schema.Unknown),
		of("AppServiceSecondaryHosts", schema.Unknown),
		of("AppSecondaryEmailDomains", schema.Unknown),
		{Key: "AppServicePort", Type: schema.Integer, Default: int64(defaultPort)},
	},
	required: []string{"AppServicePublisher", "AppServiceHost"},
	hosts:    []string{"AppServiceHost", "AppServiceHosts"},
	source:   "https://ninework-faq.9folders.com",
}
