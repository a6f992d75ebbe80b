package android

// samsung is Samsung Email, which has managed configurations since version 6.0
// ("Managed configurations – Samsung Email" at https://docs.samsungknox.com). None of
// its keys is published: all that is known here of them comes from its own schema.
var samsung = givenApp{
	name: "samsung", title: "Samsung Email",
	packages: []string{"com.samsung.android.email.provider"},
}
