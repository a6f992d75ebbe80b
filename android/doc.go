// Package android turns an account into the managed configuration of an Android
// mail app, and back.
//
// [New] picks the app and walks its table of keys; [Config.AMAPI] and
// [Config.Enterprise] write the result as the Android Management API and the
// Google Play EMM API have it, [Config.Policy] with what lets the app have its
// key, and [Config.Intune] as Intune's policy around the latter. None can carry a
// private key: an app is only told the name, the alias, under which the phone's
// key store holds it. [Config.Bundle] keeps configuration and identity together
// for tools, and [Config.SetupSheet] tells a person how to do it all by hand.
// [ReadValues] takes what somebody wrote for the keys of any other app.
// [Parse] reads each of the JSON forms, and [Check] judges a file in any of them, by
// what the app's vendor documents or by the app's own schema.
//
// What Gmail and Outlook make of the keys is Google's and Microsoft's
// documentation, and in places what others saw their builds do. None of it was
// tried on a device.
package android
